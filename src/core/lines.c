/*
 * lines.c - arrays of cache lines that grow: the tables of the page index (index.h).
 *
 * Up to MC_PIECE_LINES lines there are pieces that each double the array, so that a table of which
 * little is used takes little. With the next piece the first lines move, once, into a piece of
 * their own size: from then on every line is reached in the same way, which a processor need not
 * guess.
 */
#include "index.h"

typedef char MC_ROWS_MAKE_A_PIECE[MC_ROW_LINES * MC_ROWS == MC_PIECE_LINES ? 1 : -1];

#define MC_PIECE_BYTES (MC_PIECE_LINES * sizeof(MC_LINE))
#define MC_LEAF_BYTES  (MC_LEAF_PIECES * sizeof(MC_LINE *))

/* Lines in the piece that is added to Count lines. */
static ULONG McpPieceLines(ULONG Count)
{
    if (Count == 0) {
        return MC_ROW_LINES;
    }
    return Count < MC_PIECE_LINES ? Count : MC_PIECE_LINES;
}

/* Is the piece that is added to Count lines the first of its leaf, or does it bring the first? */
static BOOLEAN McpWantsLeaf(ULONG Count)
{
    return (BOOLEAN)(Count == MC_PIECE_LINES ||
                     (Count > MC_PIECE_LINES && Count % (MC_PIECE_LINES * MC_LEAF_PIECES) == 0));
}

/* The pieces of a table of at most MC_PIECE_LINES lines, back to the pool. */
static VOID McpFreeRows(MC_LINE *const *Rows, ULONG Count, VOID (*Free)(PVOID, SIZE_T))
{
    ULONG Lines;
    ULONG At;

    for (At = 0; At < Count; At += Lines) {
        Lines = McpPieceLines(At);
        Free(Rows[At / MC_ROW_LINES], Lines * sizeof(MC_LINE));
    }
}

BOOLEAN McLinesPrepare(MC_GROWTH *Growth, ULONG Count)
{
    McBytesZero(Growth, sizeof(*Growth));
    Growth->Count = Count;
    Growth->Piece = (MC_LINE *)McMetaAllocate(McpPieceLines(Count) * sizeof(MC_LINE));
    if (McpWantsLeaf(Count)) {
        Growth->Leaf = (MC_LINE **)McMetaAllocate(MC_LEAF_BYTES);
    }
    if (Count == MC_PIECE_LINES) {
        Growth->First = (MC_LINE *)McMetaAllocate(MC_PIECE_BYTES);
    }
    if (Growth->Piece != NULL && (Growth->Leaf != NULL || !McpWantsLeaf(Count)) &&
        (Growth->First != NULL || Count != MC_PIECE_LINES)) {
        return TRUE;
    }
    McLinesDiscard(Growth);
    return FALSE;
}

VOID McLinesDiscard(MC_GROWTH *Growth)
{
    if (Growth->Piece != NULL) {
        McMetaFree(Growth->Piece, McpPieceLines(Growth->Count) * sizeof(MC_LINE));
    }
    if (Growth->Leaf != NULL) {
        McMetaFree(Growth->Leaf, MC_LEAF_BYTES);
    }
    if (Growth->First != NULL) {
        McMetaFree(Growth->First, MC_PIECE_BYTES);
    }
    if (Growth->Rows[0] != NULL) {
        McpFreeRows(Growth->Rows, MC_PIECE_LINES, McMetaFree);
    }
}

/* What is in Rows moves into the first piece of Leaf; the rows are the caller's. */
static VOID McpMoveRows(MC_LINES *Lines, MC_GROWTH *Growth)
{
    ULONG Row;

    for (Row = 0; Row < MC_ROWS; Row++) {
        McBytesCopy(Growth->First + Row * MC_ROW_LINES, Lines->Rows[Row],
                    MC_ROW_LINES * sizeof(MC_LINE));
        Growth->Rows[Row] = Lines->Rows[Row];
    }
    Growth->Leaf[0] = Growth->First;
    Growth->First = NULL;
}

VOID McLinesInstall(MC_LINES *Lines, MC_GROWTH *Growth)
{
    const ULONG Number = Lines->Count / MC_PIECE_LINES;
    const ULONG Count = McpPieceLines(Lines->Count);
    ULONG Index;

    if (Growth->First != NULL) {
        McpMoveRows(Lines, Growth);
    }
    if (Growth->Leaf != NULL) {
        Lines->Leaves[Number / MC_LEAF_PIECES] = Growth->Leaf;
        Growth->Leaf = NULL;
    }
    if (Number != 0) {
        Lines->Leaves[Number / MC_LEAF_PIECES][Number % MC_LEAF_PIECES] = Growth->Piece;
    } else {
        for (Index = 0; Index < Count; Index += MC_ROW_LINES) {
            Lines->Rows[(Lines->Count + Index) / MC_ROW_LINES] = Growth->Piece + Index;
        }
    }
    Growth->Piece = NULL;
    Lines->Count += Count;
}

VOID McLinesStop(MC_LINES *Lines)
{
    ULONG Index;

    if (Lines->Count <= MC_PIECE_LINES) {
        McpFreeRows(Lines->Rows, Lines->Count, McOsMetaFree);
    } else {
        for (Index = 0; Index < Lines->Count; Index += MC_PIECE_LINES) {
            McOsMetaFree(McLineAt(Lines, Index), MC_PIECE_BYTES);
        }
    }
    Lines->Count = 0;
    for (Index = 0; Index < MC_LEAVES; Index++) {
        if (Lines->Leaves[Index] != NULL) {
            McOsMetaFree(Lines->Leaves[Index], MC_LEAF_BYTES);
            Lines->Leaves[Index] = NULL;
        }
    }
}
