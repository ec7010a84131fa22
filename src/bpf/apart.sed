# The programs that bpftool packs are 80 KB of text each, read once if ever: skeleton.h says where they are
# to lie. Old ones (7.1) write literals, newer ones arrays.
/^\topts\.[a-z]* = (void \*)"\\$/,/";$/ {
	s/(void \*)"\\$/(void *)({ static const char apart[] SKELETON_APART = "\\/
	s/";$/"; apart; });/
}
s/__attribute__((__aligned__(8))) = "/SKELETON_APART = "/
