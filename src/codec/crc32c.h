#ifndef CODEC_CRC32C_H
#define CODEC_CRC32C_H

/* crc32c: the checksum of iSCSI, ext4 and SSE 4.2 (polynomial 0x1edc6f41, reflected). */
#include <stddef.h>
#include <stdint.h>

/* Of p after what was summed before; 0 to begin with. */
uint32_t crc32c(uint32_t before, const void *p, size_t n);

#endif
