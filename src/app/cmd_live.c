#include "app/app.h"

int
cmd_live(const struct options *o)
{
	struct err e;

	(void)o;
	err_set(&e, -1, "the live monitor is not built yet; \"sonde once\" prints what it would show");
	return app_fail(EXIT_FAILURE, &e);
}
