/*
 * sim_irp.h - IRPs.
 * Part of sim.h, which has the rules for all.
 */
#ifndef SIM_IRP_H
#define SIM_IRP_H

#include "sim_types.h"

/*
 * IofCompleteRequest - the driver is done with the IRP, which it must not touch again: its memory
 * is freed, after what SimIrpFreesInformation ordered; what was in it SimIrpCompleted tells. At
 * DISPATCH_LEVEL that waits until this thread is below it, as the sender of an IRP runs there.
 * IofCallDriver - counts CurrentLocation down, and gives what Dispatch of the device gives; with no
 * location left it is a misuse, and gives STATUS_INVALID_PARAMETER.
 * An IRP that is not there, or completed with STATUS_PENDING: a misuse. IRQL: <= DISPATCH_LEVEL.
 */
VOID IofCompleteRequest(PIRP Irp, CCHAR PriorityBoost);
NTSTATUS IofCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp);

/*
 * SimIrpCreate - the system makes an IRP for devices of up to so many locations, all else 0: a
 * foreign block of nonpaged pool with tag 'Irp ', so that one that is never completed is left over.
 * At most 64 at a time, else aborts. Never NULL. IRQL: <= DISPATCH_LEVEL.
 */
PIRP SimIrpCreate(CCHAR StackCount);

/*
 * SimIrpFreesInformation - when Irp is completed, the system frees IoStatus.Information as
 * ExFreePool does, and with its misuses; NULL is left alone. As the PnP manager does with the
 * answers to many of its IRPs. Any IRQL; an IRP that is not there aborts.
 */
void SimIrpFreesInformation(PIRP Irp);

/*
 * SimIrpCompleted - has the IRP that was last at this address been completed? Status: may be NULL;
 * its IoStatus. Any IRQL; no IRP was ever there: aborts.
 */
BOOLEAN SimIrpCompleted(PIRP Irp, PIO_STATUS_BLOCK Status);

#endif
