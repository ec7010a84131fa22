#ifndef APP_NOTIFY_H
#define APP_NOTIFY_H

/* notify: tells the service manager how we are ("READY=1"), when it asked to be told: sd_notify(3)
 * without its library. */
void notify(const char *state);

#endif
