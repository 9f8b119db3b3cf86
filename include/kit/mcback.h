/* mcback.h - part of memcheck_replace.h: the replaced names become what they were at mcsave.h. */
#ifndef MEMCHECK_KEEP_ExAllocatePool
#pragma pop_macro("ExAllocatePool")
#endif
#ifndef MEMCHECK_KEEP_ExAllocatePoolWithQuota
#pragma pop_macro("ExAllocatePoolWithQuota")
#endif
#ifndef MEMCHECK_KEEP_ExFreePool
#pragma pop_macro("ExFreePool")
#endif
#pragma pop_macro("ExAllocatePoolWithTag")
#pragma pop_macro("ExAllocatePoolWithQuotaTag")
#pragma pop_macro("ExAllocatePoolWithTagPriority")
#pragma pop_macro("ExAllocatePoolZero")
#pragma pop_macro("ExAllocatePoolUninitialized")
#pragma pop_macro("ExAllocatePoolQuotaZero")
#pragma pop_macro("ExAllocatePoolQuotaUninitialized")
#pragma pop_macro("ExAllocatePoolPriorityZero")
#pragma pop_macro("ExAllocatePoolPriorityUninitialized")
#pragma pop_macro("ExAllocatePool2")
#pragma pop_macro("ExAllocatePool3")
#pragma pop_macro("ExFreePoolWithTag")
#pragma pop_macro("ExFreePool2")
#pragma pop_macro("RtlFreeUnicodeString")
#pragma pop_macro("RtlFreeAnsiString")
#pragma pop_macro("RtlFreeOemString")
#pragma pop_macro("IofCompleteRequest")
#pragma pop_macro("IofCallDriver")
