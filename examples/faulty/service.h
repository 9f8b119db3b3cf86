/* service.h - loading and unloading a driver by the service control manager (user mode). */
#ifndef SERVICE_H
#define SERVICE_H

/*
 * Make a kernel driver service of the file at Path (an older one of that name is removed first) and
 * start it. 0, or the system's error number; what failed is printed. If starting fails, the service
 * is deleted again.
 */
unsigned long ServiceInstall(const char *Name, const char *Path);

/* Stop the driver, wait until it is unloaded, and delete its service. 0 or the error number. */
unsigned long ServiceRemove(const char *Name);

#endif
