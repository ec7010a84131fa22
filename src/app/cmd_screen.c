#include "app/app.h"

int
cmd_screen(const struct options *o)
{
	struct err e;

	(void)o;
	err_set(&e, -1, "--screen is not built yet");
	return app_fail(EXIT_FAILURE, &e);
}
