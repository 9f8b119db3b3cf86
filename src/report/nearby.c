/*
 * nearby.c - what surrounds a finding: what the changed bytes look like, the blocks on both sides,
 * and which of them is the likely culprit.
 *
 *   looks     like text
 *   nearby    block 1041, 64 bytes, tag 'Irpx', in use, ends 48 bytes before
 *               allocated at driver.c:88 in DeviceAdd
 *   likely    block 1041: it ends right before, and ...
 */
#include "describe.h"

/* "block 1041, 64 bytes, tag 'Irpx', in use" */
static VOID McpNearBlock(MC_TEXT *Text, const MC_NEIGHBOUR *Neighbour)
{
    McTextString(Text, "block ");
    McTextDecimal(Text, Neighbour->Number);
    McTextString(Text, ", ");
    McTextCount(Text, Neighbour->Size, "byte");
    if (Neighbour->Tag != 0) {
        McTextString(Text, ", tag ");
        McTextTag(Text, Neighbour->Tag);
    }
    McTextString(Text, ", ");
    McTextString(Text, McStatePhrase(Neighbour->State));
}

static VOID McpNearSite(MC_TEXT *Text, const MC_NEIGHBOUR *Neighbour,
                        const MC_REPORT_CONTEXT *Context)
{
    McTextLine(Text, "");
    McTextString(Text, "  allocated ");
    McDescribeSite(Text, &Neighbour->Allocated, Context);
    McTextLineEnd(Text);
}

/* Where a pointer found in the damage leads: "16 bytes into block 1041, ..." */
static VOID McpNearPointer(MC_TEXT *Text, const MC_FINDING *Finding)
{
    const MC_NEIGHBOUR *Pointed = &Finding->Pointed;
    ULONG_PTR Pointer = Finding->Damage.Pointer;
    ULONG_PTR End = Pointed->User + Pointed->Size;

    if (Pointer < Pointed->User) {
        McTextCount(Text, Pointed->User - Pointer, "byte");
        McTextString(Text, " before ");
    } else if (Pointer == Pointed->User) {
        McTextString(Text, "to the start of ");
    } else if (Pointer < End) {
        McTextCount(Text, Pointer - Pointed->User, "byte");
        McTextString(Text, " into ");
    } else {
        McTextCount(Text, Pointer - End, "byte");
        McTextString(Text, " past the end of ");
    }
    if (Pointed->Number == Finding->Block.Number) {
        McTextString(Text, "this buffer");
    } else {
        McpNearBlock(Text, Pointed);
    }
}

VOID McDescribeLook(MC_TEXT *Text, const MC_FINDING *Finding, const MC_REPORT_CONTEXT *Context)
{
    const MC_DAMAGE *Damage = &Finding->Damage;

    if (Damage->Changed == 0 || Damage->Look == McLookNothing) {
        return;
    }
    McTextLine(Text, "looks");
    McTextString(Text, "like ");
    if (Damage->Look == McLookBlock) {
        McTextString(Text, "a pointer ");
        McpNearPointer(Text, Finding);
    } else {
        McTextString(Text, McLookPhrase(Damage->Look));
    }
    if (Damage->Look == McLookImage) {
        McTextString(Text, ": ");
        McDescribeCode(Text, Damage->Pointer, Context);
    }
    McTextLineEnd(Text);
    if (Damage->Look == McLookBlock && Finding->Pointed.Number != Finding->Block.Number) {
        McpNearSite(Text, &Finding->Pointed, Context);
    }
}

SIZE_T McNearDistance(const MC_FINDING *Finding, const MC_NEIGHBOUR *Neighbour)
{
    const MC_BLOCK *Block = &Finding->Block;
    ULONG_PTR Low = Block->Number != 0 ? Block->User : Finding->Address;
    ULONG_PTR High = Block->Number != 0 ? Block->User + Block->Size : Finding->Address;

    if (Neighbour->User < Low) {
        return Low - (Neighbour->User + Neighbour->Size);
    }
    return Neighbour->User - High;
}

static VOID McpNearLine(MC_TEXT *Text, const char *Label, const MC_FINDING *Finding,
                        const MC_NEIGHBOUR *Neighbour)
{
    SIZE_T Distance = McNearDistance(Finding, Neighbour);

    McTextLine(Text, Label);
    McpNearBlock(Text, Neighbour);
    McTextString(Text, Neighbour == &Finding->Before ? ", ends " : ", begins ");
    McTextCount(Text, Distance, "byte");
    McTextString(Text, Neighbour == &Finding->Before ? " before" : " behind");
    if (Neighbour->Damaged) {
        McTextString(Text, ", its guard bytes there damaged");
    }
    McTextLineEnd(Text);
}

const MC_NEIGHBOUR *McCulpritBlock(const MC_FINDING *Finding)
{
    switch (Finding->Culprit) {
    case McCulpritBefore:
    case McCulpritBeforeDamaged: return &Finding->Before;
    case McCulpritAfter:
    case McCulpritAfterDamaged: return &Finding->After;
    default: return NULL;
    }
}

/* The site of a neighbour is the deepest that a report goes: not below McpNearLine. */
VOID McDescribeNear(MC_TEXT *Text, const MC_FINDING *Finding, const MC_REPORT_CONTEXT *Context)
{
    const MC_NEIGHBOUR *Likely = McCulpritBlock(Finding);

    if (Finding->Before.Number != 0) {
        McpNearLine(Text, "nearby", Finding, &Finding->Before);
        McpNearSite(Text, &Finding->Before, Context);
    }
    if (Finding->After.Number != 0) {
        McpNearLine(Text, Finding->Before.Number != 0 ? "" : "nearby", Finding, &Finding->After);
        McpNearSite(Text, &Finding->After, Context);
    }
    if (Likely != NULL) {
        McTextLine(Text, "likely");
        McTextString(Text, "an access beyond block ");
        McTextDecimal(Text, Likely->Number);
        McTextString(Text, ": ");
        McTextString(Text, McCulpritPhrase(Finding->Culprit));
        McTextLineEnd(Text);
    }
}
