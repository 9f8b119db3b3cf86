/*
 * mcsave.h - part of memcheck_replace.h: the macros of the replaced names, as they are now, are put
 * on the compiler's stack. mcback.h takes them from there. Every compiler that the kits are for
 * (Microsoft's from 13.10 on) has these pragmas; a name that is no macro may be saved too.
 */
#ifndef MEMCHECK_KEEP_ExAllocatePool
#pragma push_macro("ExAllocatePool")
#endif
#ifndef MEMCHECK_KEEP_ExAllocatePoolWithQuota
#pragma push_macro("ExAllocatePoolWithQuota")
#endif
#ifndef MEMCHECK_KEEP_ExFreePool
#pragma push_macro("ExFreePool")
#endif
#pragma push_macro("ExAllocatePoolWithTag")
#pragma push_macro("ExAllocatePoolWithQuotaTag")
#pragma push_macro("ExAllocatePoolWithTagPriority")
#pragma push_macro("ExAllocatePoolZero")
#pragma push_macro("ExAllocatePoolUninitialized")
#pragma push_macro("ExAllocatePoolQuotaZero")
#pragma push_macro("ExAllocatePoolQuotaUninitialized")
#pragma push_macro("ExAllocatePoolPriorityZero")
#pragma push_macro("ExAllocatePoolPriorityUninitialized")
#pragma push_macro("ExAllocatePool2")
#pragma push_macro("ExAllocatePool3")
#pragma push_macro("ExFreePoolWithTag")
#pragma push_macro("ExFreePool2")
#pragma push_macro("RtlFreeUnicodeString")
#pragma push_macro("RtlFreeAnsiString")
#pragma push_macro("RtlFreeOemString")
#pragma push_macro("IofCompleteRequest")
#pragma push_macro("IofCallDriver")
