/*
 * lines.c - arrays of cache lines that grow: the tables of the page index (index.h).
 *
 * Up to MC_PIECE_LINES lines there are pieces that each double the array, so that a table of which
 * little is used takes little. The next one is allocated with room for the first lines before it,
 * and they move there, once: from then on every line is reached in the same way, which a processor
 * need not guess.
 */
#include "index.h"

typedef char MC_ROWS_MAKE_A_PIECE[MC_ROW_LINES * MC_ROWS == MC_PIECE_LINES ? 1 : -1];

#define MC_LEAF_BYTES (MC_LEAF_PIECES * sizeof(MC_TWINNED))

/* How many lines are added to Count lines. */
static ULONG McpPieceLines(ULONG Count)
{
    if (Count == 0) {
        return MC_ROW_LINES;
    }
    return Count < MC_MANY_LINES ? Count : MC_MANY_LINES;
}

/* Is the piece that is added to Count lines the first of its leaf, or does it bring the first? */
static BOOLEAN McpWantsLeaf(ULONG Count)
{
    return (BOOLEAN)(Count == MC_PIECE_LINES ||
                     (Count > MC_PIECE_LINES && Count % (MC_PIECE_LINES * MC_LEAF_PIECES) == 0));
}

/* How many lines are allocated for that: with the piece after them, the first ones move as well. */
static ULONG McpGrowthLines(ULONG Count)
{
    return McpPieceLines(Count) + (Count == MC_PIECE_LINES ? MC_PIECE_LINES : 0);
}

BOOLEAN McLinesPrepare(MC_GROWTH *Growth, ULONG Count)
{
    McBytesZero(Growth, sizeof(*Growth));
    Growth->Count = Count;
    Growth->Piece = (MC_LINE *)McMetaAllocate(McpGrowthLines(Count) * sizeof(MC_LINE));
    if (McpWantsLeaf(Count)) {
        Growth->Leaf = (MC_TWINNED *)McMetaAllocate(MC_LEAF_BYTES);
    }
    if (Growth->Piece != NULL && (Growth->Leaf != NULL || !McpWantsLeaf(Count))) {
        return TRUE;
    }
    McLinesDiscard(Growth);
    return FALSE;
}

VOID McLinesDiscard(MC_GROWTH *Growth)
{
    ULONG At;

    if (Growth->Piece != NULL) {
        McMetaFree(Growth->Piece);
    }
    if (Growth->Leaf != NULL) {
        McMetaFree(Growth->Leaf);
    }
    for (At = 0; At < MC_PIECE_LINES && Growth->Rows[0] != NULL; At += McpPieceLines(At)) {
        McMetaFree(Growth->Rows[At / MC_ROW_LINES]);
    }
}

/* What is in Rows moves into the first piece of Leaf, and Piece is what comes behind that; the rows
 * are the caller's. */
static VOID McpMoveRows(MC_LINES *Lines, MC_GROWTH *Growth)
{
    ULONG Row;

    for (Row = 0; Row < MC_ROWS; Row++) {
        McBytesCopy(Growth->Piece + Row * MC_ROW_LINES, Lines->Rows[Row],
                    MC_ROW_LINES * sizeof(MC_LINE));
        Growth->Rows[Row] = Lines->Rows[Row];
    }
    McTwinSet(Growth->Leaf, Growth->Piece);
    Growth->Piece += MC_PIECE_LINES;
}

VOID McLinesInstall(MC_LINES *Lines, MC_GROWTH *Growth)
{
    const ULONG Count = McpPieceLines(Lines->Count);
    ULONG Number = Lines->Count / MC_PIECE_LINES;
    ULONG Index;

    if (Lines->Count == MC_PIECE_LINES) {
        McpMoveRows(Lines, Growth);
    }
    if (Growth->Leaf != NULL) {
        Lines->Leaves[Number / MC_LEAF_PIECES] = Growth->Leaf;
        Growth->Leaf = NULL;
    }
    if (Number == 0) {
        for (Index = 0; Index < Count; Index += MC_ROW_LINES) {
            Lines->Rows[(Lines->Count + Index) / MC_ROW_LINES] = Growth->Piece + Index;
        }
    } else {
        for (Index = 0; Index < Count; Index += MC_PIECE_LINES, Number++) {
            McTwinSet(&Lines->Leaves[Number / MC_LEAF_PIECES][Number % MC_LEAF_PIECES],
                      Growth->Piece + Index);
        }
    }
    Growth->Piece = NULL;
    Lines->Count += Count;
}
