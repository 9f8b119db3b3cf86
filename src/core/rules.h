/*
 * rules.h - what the user's lists say: what is done about a finding (on), which are not told
 * (suppress), which requests are monitored at all (watch-..., skip-...). Private to src/core.
 *
 *   on         kind:reaction[+reaction]   the first item that names a kind holds
 *   suppress   kind[:place]               the first item that fits takes the finding
 *   kind       its machine name, or the first words of one (leak: leak-site too), or * for all; a
 *              star in it stands for any letters. Reports that mean no bug (describe, injected,
 *              difference) are meant only by their own names.
 *   place      *, 'tag', a site as in the other lists, or a tag and a site behind it
 */
#ifndef MC_RULES_H
#define MC_RULES_H

#include "core.h"

/* An item of such a list, as it stands there. */
typedef struct _MC_RULE {
    const char *Text; /* without the spaces around it */
    const char *End;
    const char *KindEnd;
    const char *Rest; /* behind the colon; End: there is none */
} MC_RULE;

/* ---- rules.c ---- */

/* The next item that is not empty, at *At, which moves behind it. FALSE: there is none. Pure. */
BOOLEAN McRuleNext(const char **At, MC_RULE *Rule);
BOOLEAN McRuleIsFor(const MC_RULE *Rule, MC_KIND Kind); /* pure */
BOOLEAN McRuleHasKind(const MC_RULE *Rule);             /* is there a kind that it is for? Pure */
/* A line: what is wrong with the item of this list. PASSIVE_LEVEL. */
VOID McRuleRefuse(const char *List, const MC_RULE *Rule, const char *Why);
/* Text as long as an item may be shown, then "..."; gives how many characters to print. */
int McRuleShown(const MC_RULE *Rule, const char **More);

/* The lists that the option string has changed (Starting: all) in force, what is wrong in them
 * said. PASSIVE_LEVEL; the owner of the options only. */
VOID McRulesInForce(BOOLEAN Starting);

/* ---- suppress.c ---- */

/* Why this item can fit nothing; NULL: it can. Pure. */
const char *McSuppressWrong(const MC_RULE *Rule, ULONG Index);
/* Does it fit? ImageLow: what module offsets count from. Reads call stacks. */
BOOLEAN McSuppressFits(const MC_RULE *Rule, const MC_FINDING *Finding, ULONG_PTR ImageLow);
/* Is the finding not to be told? Then it is counted with the item. <= DISPATCH_LEVEL. */
BOOLEAN McSuppressHides(const MC_FINDING *Finding);
/* The list McOptions.Suppress from now on. Starting: with nothing hidden so far. */
VOID McSuppressChange(BOOLEAN Starting);
/* Nobody reads the list before that any more: what it hid goes to the same items of the new one,
 * or is said. */
VOID McSuppressSettle(VOID);
/* EXIT: what each item hid. */
VOID McSuppressSay(VOID);

/* ---- watch.c ---- */

/* Is the request monitored? In an operation, <= DISPATCH_LEVEL, no lock held; may allocate. */
BOOLEAN McWatches(const MC_REQUEST *Request, const MC_CALL *Call);
BOOLEAN McWatchFilters(VOID); /* is there anything on those lists? Else all are: Mc.Filters */

#endif
