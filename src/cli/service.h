/* What systemd wants to know of a service (sd_notify(3)), without its library. */
#ifndef PX_CLI_SERVICE_H
#define PX_CLI_SERVICE_H

/** Send a state ("READY=1", "STOPPING=1", "WATCHDOG=1") to $NOTIFY_SOCKET. Without one, or when
 *  nobody listens there, nothing happens. */
void px_service_notify(const char *state);

/** How often "WATCHDOG=1" is expected of this process, in milliseconds; 0: never. */
long px_service_watchdog_ms(void);

#endif
