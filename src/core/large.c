/*
 * large.c - what is a large block, and the table of their insides: a balanced tree (AVL), ordered
 * by the first byte of the raw block.
 *
 * A large block has one start slot in the index and no marks; the tree finds it from any address.
 * Blocks do not overlap, but a stale one may be overlapped by newer ones; so each node knows the
 * highest last byte below it, and a look-up sees every block that holds the address. No recursion;
 * the depth is bounded, by 1.45 times the binary logarithm of the count.
 */
#include "index.h"

#define MC_LARGE_DEPTH 48 /* of a tree of 2^32 nodes */
#define MC_LARGE_NODES 16 /* in a chunk */
#define MC_LARGE_SPARE 4  /* nodes kept free, for inserts that come at the same time */

typedef struct _MC_NODE {
    struct _MC_NODE *Child[2]; /* lower, higher; Child[0] also links free nodes */
    MC_RECORD *Record;
    ULONG_PTR First;    /* byte of the raw block */
    ULONG_PTR Last;     /* byte of the raw block */
    ULONG_PTR MostLast; /* the highest Last in this subtree */
    ULONG Height;       /* of this subtree; 1: a leaf */
    ULONG Check;        /* of all this: nothing of a node is followed before it was asked */
} MC_NODE;

typedef struct _MC_NODE_CHUNK {
    MC_NODE Nodes[MC_LARGE_NODES];
} MC_NODE_CHUNK;

/* All of it is written under the lock. */
static struct {
    MC_LOCK Lock;
    volatile ULONG Count; /* nodes in the tree; read without the lock, as a hint */
    ULONG FreeCount;
    BOOLEAN Broken; /* no tree any more: large blocks are known by their starts alone */
    MC_NODE *Root;
    MC_NODE *Free;
} McpLarge;

/* ---- extents ---- */

VOID McRawExtent(const MC_RECORD *Record, ULONG_PTR *First, ULONG_PTR *Last)
{
    SIZE_T Length = Record->Front + Record->Size + Record->Rear;

    *First = Record->User - Record->Front;
    *Last = *First + (Length == 0 ? 0 : Length - 1);
}

BOOLEAN McRawHolds(const MC_RECORD *Record, ULONG_PTR Address)
{
    ULONG_PTR First;
    ULONG_PTR Last;

    McRawExtent(Record, &First, &Last);
    return (Address >= First && Address <= Last) || Address == Record->User;
}

BOOLEAN McOutranks(const MC_RECORD *One, const MC_RECORD *Other)
{
    if ((One->Front != 0) != (Other->Front != 0)) {
        return One->Front != 0;
    }
    if (McIsLarge(One) != McIsLarge(Other)) {
        return McIsLarge(One);
    }
    return One->Number > Other->Number;
}

BOOLEAN McIsLargeExtent(ULONG_PTR First, ULONG_PTR Last)
{
    return (MC_PAGE(Last) - MC_PAGE(First)) / MC_PAGE_SIZE >= MEMCHECK_LARGE_PAGES;
}

BOOLEAN McIsLarge(const MC_RECORD *Record)
{
    ULONG_PTR First;
    ULONG_PTR Last;

    McRawExtent(Record, &First, &Last);
    return McIsLargeExtent(First, Last);
}

/* ---- what a node says is believed only while its check agrees; the lock is held ---- */

static ULONG McpLargeCheck(const MC_NODE *Node)
{
    ULONG Seal = McSeal(MC_SEAL, (ULONG_PTR)Node);

    Seal = McSeal(Seal, (ULONG_PTR)Node->Child[0]);
    Seal = McSeal(Seal, (ULONG_PTR)Node->Child[1]);
    Seal = McSeal(Seal, (ULONG_PTR)Node->Record);
    Seal = McSeal(Seal, Node->First);
    Seal = McSeal(Seal, Node->Last);
    Seal = McSeal(Seal, Node->MostLast);
    return McSeal(Seal, Node->Height);
}

static VOID McpLargeSeal(MC_NODE *Node)
{
    Node->Check = McpLargeCheck(Node);
}

/* FALSE: it is broken, and with it the table: from now on there is none, and nothing comes in. */
static BOOLEAN McpLargeSound(const MC_NODE *Node)
{
    if (Node == NULL || Node->Check == McpLargeCheck(Node)) {
        return TRUE;
    }
    McOwnBroken(MC_BROKEN_LARGE);
    McpLarge.Root = NULL;
    McpLarge.Free = NULL;
    McpLarge.Count = 0;
    McpLarge.FreeCount = 0;
    McpLarge.Broken = TRUE;
    return FALSE;
}

/* ---- start and end, memory ---- */

BOOLEAN McLargeStart(VOID)
{
    McBytesZero(&McpLarge, sizeof(McpLarge));
    return TRUE;
}

VOID McLargeStop(VOID)
{
    McBytesZero(&McpLarge, sizeof(McpLarge));
}

BOOLEAN McLargeReserve(VOID)
{
    MC_NODE_CHUNK *Chunk;
    ULONG Spare;
    KIRQL Irql;
    ULONG Index;

    Irql = McOsAcquire(&McpLarge.Lock);
    Spare = McpLarge.Broken ? MC_LARGE_SPARE : McpLarge.FreeCount;
    McOsRelease(&McpLarge.Lock, Irql);
    if (Spare >= MC_LARGE_SPARE) {
        return TRUE;
    }
    Chunk = (MC_NODE_CHUNK *)McMetaAllocate(sizeof(MC_NODE_CHUNK));
    if (Chunk == NULL) {
        return Spare != 0;
    }
    Irql = McOsAcquire(&McpLarge.Lock);
    for (Index = 0; Index < MC_LARGE_NODES; Index++) {
        Chunk->Nodes[Index].Child[0] = McpLarge.Free;
        McpLarge.Free = &Chunk->Nodes[Index];
        McpLargeSeal(McpLarge.Free);
    }
    McpLarge.FreeCount += MC_LARGE_NODES;
    McOsRelease(&McpLarge.Lock, Irql);
    return TRUE;
}

/* ---- the tree; its lock is held ---- */

static ULONG McpLargeHeight(const MC_NODE *Node)
{
    return Node == NULL ? 0 : Node->Height;
}

/* Height and MostLast of a node, from its children and itself. */
static VOID McpLargeUpdate(MC_NODE *Node)
{
    ULONG Side;

    Node->Height = 1;
    Node->MostLast = Node->Last;
    for (Side = 0; Side < 2; Side++) {
        if (Node->Child[Side] != NULL) {
            if (Node->Child[Side]->Height >= Node->Height) {
                Node->Height = Node->Child[Side]->Height + 1;
            }
            if (Node->Child[Side]->MostLast > Node->MostLast) {
                Node->MostLast = Node->Child[Side]->MostLast;
            }
        }
    }
    McpLargeSeal(Node);
}

/* The child on Side comes up, its parent goes down to the other side. */
static VOID McpLargeRotate(MC_NODE **Link, ULONG Side)
{
    MC_NODE *Down = *Link;
    MC_NODE *Up = Down->Child[Side];

    Down->Child[Side] = Up->Child[1 - Side];
    Up->Child[1 - Side] = Down;
    McpLargeUpdate(Down);
    McpLargeUpdate(Up);
    *Link = Up;
}

/* Its children, which a rotation reads too. */
static BOOLEAN McpLargeInnerSound(const MC_NODE *Node)
{
    return (BOOLEAN)(Node == NULL ||
                     (McpLargeSound(Node->Child[0]) && McpLargeSound(Node->Child[1])));
}

/* Make the subtree right again after one of its children changed its height by one. */
static VOID McpLargeBalance(MC_NODE **Link)
{
    MC_NODE *Node = *Link;
    MC_NODE *Child;
    ULONG Side;

    if (!McpLargeSound(Node->Child[0]) || !McpLargeSound(Node->Child[1])) {
        return;
    }
    McpLargeUpdate(Node);
    for (Side = 0; Side < 2; Side++) {
        Child = Node->Child[Side];
        if (McpLargeHeight(Child) > McpLargeHeight(Node->Child[1 - Side]) + 1) {
            if (!McpLargeSound(Child->Child[0]) || !McpLargeSound(Child->Child[1]) ||
                !McpLargeInnerSound(Child->Child[1 - Side])) {
                return;
            }
            if (McpLargeHeight(Child->Child[1 - Side]) > McpLargeHeight(Child->Child[Side])) {
                McpLargeRotate(&Node->Child[Side], 1 - Side);
            }
            McpLargeRotate(Link, Side);
            return;
        }
    }
}

/* The side on which (First, Record) belongs, seen from Node: the handle decides between equals. */
static ULONG McpLargeSide(const MC_NODE *Node, ULONG_PTR First, const MC_RECORD *Record)
{
    if (First != Node->First) {
        return First > Node->First;
    }
    return Record->Handle > Node->Record->Handle;
}

BOOLEAN McLargeInsert(MC_RECORD *Record)
{
    MC_NODE **Path[MC_LARGE_DEPTH];
    MC_NODE **Link = &McpLarge.Root;
    MC_NODE *Node;
    ULONG Depth = 0;
    KIRQL Irql;

    Irql = McOsAcquire(&McpLarge.Lock);
    Node = McpLarge.Free;
    if (McpLarge.Broken || !McpLargeSound(Node)) {
        McOsRelease(&McpLarge.Lock, Irql);
        return TRUE; /* its start is in the index all the same */
    }
    if (Node == NULL) {
        McOsRelease(&McpLarge.Lock, Irql);
        return FALSE;
    }
    McpLarge.Free = Node->Child[0];
    McpLarge.FreeCount--;
    McpLarge.Count++;
    Node->Child[0] = NULL;
    Node->Child[1] = NULL;
    Node->Record = Record;
    McRawExtent(Record, &Node->First, &Node->Last);
    while (*Link != NULL && McpLargeSound(*Link) && Depth < MC_LARGE_DEPTH) {
        Path[Depth++] = Link;
        Link = &(*Link)->Child[McpLargeSide(*Link, Node->First, Record)];
    }
    if (!McpLarge.Broken) {
        *Link = Node;
        McpLargeUpdate(Node);
    }
    while (Depth != 0 && !McpLarge.Broken) {
        McpLargeBalance(Path[--Depth]);
    }
    McOsRelease(&McpLarge.Lock, Irql);
    return TRUE;
}

/* Where two children are, the next higher node's block moves into this node, and that one goes. */
VOID McLargeRemove(MC_RECORD *Record)
{
    MC_NODE **Path[MC_LARGE_DEPTH];
    MC_NODE **Link = &McpLarge.Root;
    MC_NODE *Node;
    ULONG_PTR First = Record->User - Record->Front;
    ULONG Depth = 0;
    KIRQL Irql;

    Irql = McOsAcquire(&McpLarge.Lock);
    while (*Link != NULL && McpLargeSound(*Link) && (*Link)->Record != Record &&
           Depth < MC_LARGE_DEPTH) {
        Path[Depth++] = Link;
        Link = &(*Link)->Child[McpLargeSide(*Link, First, Record)];
    }
    Node = McpLarge.Broken ? NULL : *Link;
    if (Node != NULL && McpLargeInnerSound(Node)) {
        if (Node->Child[0] != NULL && Node->Child[1] != NULL) {
            Path[Depth++] = Link;
            for (Link = &Node->Child[1]; (*Link)->Child[0] != NULL; Link = &(*Link)->Child[0]) {
                if (!McpLargeSound((*Link)->Child[0]) || Depth == MC_LARGE_DEPTH) {
                    break;
                }
                Path[Depth++] = Link;
            }
            if (McpLarge.Broken) {
                McOsRelease(&McpLarge.Lock, Irql);
                return;
            }
            Node->Record = (*Link)->Record;
            Node->First = (*Link)->First;
            Node->Last = (*Link)->Last;
            Node = *Link;
        }
        *Link = Node->Child[Node->Child[0] == NULL];
        Node->Child[0] = McpLarge.Free;
        McpLarge.Free = Node;
        McpLargeSeal(Node);
        McpLarge.FreeCount++;
        McpLarge.Count--;
    }
    while (Depth != 0 && !McpLarge.Broken) {
        McpLargeBalance(Path[--Depth]);
    }
    McOsRelease(&McpLarge.Lock, Irql);
}

/*
 * The best of the blocks that hold Address, and that Refused (if any) outranks. The search goes
 * left only where some block reaches Address, right only where some begins at or below it: one way
 * down, and another for each block that holds it.
 */
static MC_RECORD *McpLargeBest(ULONG_PTR Address, const MC_RECORD *Refused)
{
    MC_NODE *Stack[MC_LARGE_DEPTH + 1];
    MC_RECORD *Best = NULL;
    MC_NODE *Node;
    ULONG Depth = 0;

    if (McpLarge.Root != NULL) {
        Stack[Depth++] = McpLarge.Root;
    }
    while (Depth != 0) {
        Node = Stack[--Depth];
        if (!McpLargeSound(Node) || Depth + 2 > MC_LARGE_DEPTH) {
            return NULL;
        }
        if (Node->MostLast < Address) {
            continue;
        }
        if (Node->Child[0] != NULL) {
            Stack[Depth++] = Node->Child[0];
        }
        if (Node->First > Address) {
            continue;
        }
        if (Node->Last >= Address && !McIsGone(Node->Record) &&
            (Refused == NULL || McOutranks(Refused, Node->Record)) &&
            (Best == NULL || McOutranks(Node->Record, Best))) {
            Best = Node->Record;
        }
        if (Node->Child[1] != NULL) {
            Stack[Depth++] = Node->Child[1];
        }
    }
    return Best;
}

MC_RECORD *McLargeFind(ULONG_PTR Address)
{
    MC_RECORD *Record;
    KIRQL Irql;

    Irql = McOsAcquire(&McpLarge.Lock);
    Record = McpLargeBest(Address, NULL);
    while (Record != NULL && !McRecordReference(Record)) {
        Record = McpLargeBest(Address, Record); /* that one is still in making */
    }
    McOsRelease(&McpLarge.Lock, Irql);
    return Record;
}

/* The nearest neighbour of Address by first byte; stale ones that lie about there are not looked
 * for: one way down. */
static MC_RECORD *McpLargeNext(ULONG_PTR Address, BOOLEAN Above)
{
    MC_NODE *Node;
    MC_NODE *Best = NULL;
    MC_RECORD *Record = NULL;
    KIRQL Irql;

    Irql = McOsAcquire(&McpLarge.Lock);
    Node = McpLarge.Root;
    while (Node != NULL && McpLargeSound(Node)) {
        if ((Node->First > Address) == Above) {
            Best = Node;
        }
        Node = Node->Child[Node->First <= Address];
    }
    if (Best != NULL && !McpLarge.Broken && (Above || Best->Last < Address) &&
        !McIsGone(Best->Record) && McRecordReference(Best->Record)) {
        Record = Best->Record;
    }
    McOsRelease(&McpLarge.Lock, Irql);
    return Record;
}

MC_RECORD *McLargeBefore(ULONG_PTR Address)
{
    return McpLargeNext(Address, FALSE);
}

MC_RECORD *McLargeAfter(ULONG_PTR Address)
{
    return McpLargeNext(Address, TRUE);
}

BOOLEAN McLargeAny(VOID)
{
    return McpLarge.Count != 0;
}

/* As above, but for an extent: left where some block reaches its start, right while one begins at
 * or below its end. */
MC_RECORD *McLargeOverlap(ULONG_PTR First, ULONG_PTR Last)
{
    MC_NODE *Stack[MC_LARGE_DEPTH + 1];
    MC_RECORD *Found = NULL;
    MC_NODE *Node;
    ULONG Depth = 0;
    KIRQL Irql;

    Irql = McOsAcquire(&McpLarge.Lock);
    if (McpLarge.Root != NULL) {
        Stack[Depth++] = McpLarge.Root;
    }
    while (Depth != 0 && Found == NULL) {
        Node = Stack[--Depth];
        if (!McpLargeSound(Node) || Depth + 2 > MC_LARGE_DEPTH) {
            break;
        }
        if (Node->MostLast < First) {
            continue;
        }
        if (Node->Child[0] != NULL) {
            Stack[Depth++] = Node->Child[0];
        }
        if (Node->First > Last) {
            continue;
        }
        if (Node->Last >= First && McIndexClaims(Node->Record, First, Last)) {
            Found = Node->Record;
        }
        if (Node->Child[1] != NULL) {
            Stack[Depth++] = Node->Child[1];
        }
    }
    McOsRelease(&McpLarge.Lock, Irql);
    return Found;
}

/* ---- invariants ---- */

static BOOLEAN McpIsValidNode(const MC_NODE *Node)
{
    ULONG Low = McpLargeHeight(Node->Child[0]);
    ULONG High = McpLargeHeight(Node->Child[1]);
    ULONG_PTR Most = Node->Last;
    ULONG_PTR First;
    ULONG_PTR Last;

    McRawExtent(Node->Record, &First, &Last);
    if (Node->Child[0] != NULL && Node->Child[0]->MostLast > Most) {
        Most = Node->Child[0]->MostLast;
    }
    if (Node->Child[1] != NULL && Node->Child[1]->MostLast > Most) {
        Most = Node->Child[1]->MostLast;
    }
    return First == Node->First && Last == Node->Last && Most == Node->MostLast &&
           McIsLarge(Node->Record) && Node->Height == (Low > High ? Low : High) + 1 &&
           Low <= High + 1 && High <= Low + 1;
}

BOOLEAN McpIsValidLarge(ULONG *Count)
{
    MC_NODE *Stack[MC_LARGE_DEPTH];
    const MC_NODE *Before = NULL;
    MC_NODE *Node = McpLarge.Root;
    ULONG Depth = 0;
    ULONG Unused = 0;

    *Count = 0;
    while (Node != NULL || Depth != 0) { /* in order */
        for (; Node != NULL; Node = Node->Child[0]) {
            if (Depth == MC_LARGE_DEPTH || !McpIsValidNode(Node)) {
                return FALSE;
            }
            Stack[Depth++] = Node;
        }
        Node = Stack[--Depth];
        if (Before != NULL && !McpLargeSide(Before, Node->First, Node->Record)) {
            return FALSE;
        }
        ++*Count;
        Before = Node;
        Node = Node->Child[1];
    }
    for (Node = McpLarge.Free; Node != NULL; Node = Node->Child[0]) {
        Unused++;
    }
    return *Count == McpLarge.Count && Unused == McpLarge.FreeCount;
}
