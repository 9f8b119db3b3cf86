#include "race.h"
VOID McTestReport(const MC_FINDING *Finding)
{
    (void)Finding;
}
int main(void)
{
    return 0;
}
