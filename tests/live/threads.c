/* threads N: a process with N threads that sleep. Prints "ready N" when all are there; ends with its
 * standard input. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *
sleeper(void *arg)
{
	for (;;)
		pause();
	return arg;
}

int
main(int argc, char **argv)
{
	long n = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	pthread_attr_t attr;
	pthread_t thread;
	char c;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 16384);
	for (long i = 1; i < n; i++) {
		int r = pthread_create(&thread, &attr, sleeper, NULL);

		if (r != 0) {
			fprintf(stderr, "thread %ld: %s\n", i, strerror(r));
			return 1;
		}
	}
	printf("ready %ld\n", n);
	fflush(stdout);
	return read(STDIN_FILENO, &c, 1) < 0;
}
