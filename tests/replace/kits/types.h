/*
 * types.h - what the stand-ins for the driver kits in this folder share. They have the shape of the
 * real ones as far as a header that replaces names can meet it: which header includes which, which
 * routines are declared, which are macros or inline functions. Compiled for a Microsoft target.
 */
#ifndef KIT_TYPES_H
#define KIT_TYPES_H

#define VOID        void
#define NTAPI       __stdcall
#define FASTCALL    __fastcall
#define NTKERNELAPI __declspec(dllimport)
#define TRUE        1
#define NULL        0
typedef void *PVOID;
typedef char CHAR;
typedef unsigned char BOOLEAN;
typedef unsigned short USHORT;
typedef long LONG, NTSTATUS;
typedef unsigned long ULONG;
typedef unsigned long long ULONGLONG;
#ifdef _WIN64
typedef unsigned long long SIZE_T;
#else
typedef unsigned long SIZE_T;
#endif
typedef enum _POOL_TYPE { NonPagedPool, PagedPool } POOL_TYPE;
typedef enum _EX_POOL_PRIORITY { LowPoolPriority, NormalPoolPriority = 16 } EX_POOL_PRIORITY;
typedef struct _STRING {
    USHORT Length;
    USHORT MaximumLength;
    PVOID Buffer;
} UNICODE_STRING, *PUNICODE_STRING, *PANSI_STRING, *POEM_STRING;
typedef struct _IRP *PIRP;
typedef struct _DEVICE_OBJECT *PDEVICE_OBJECT;

#endif
