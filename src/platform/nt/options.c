/* options.c (nt) - the option string is a value in the registry. */
#include "ntp.h"

#define MCP_VALUE_NAME L"MemCheckOptions"
#define MCP_SUBKEY     L"\\Parameters"

#define MCP_PATH_LENGTH   400 /* characters: a service's name has up to 256, what is before it 50 */
#define MCP_SUBKEY_LENGTH (sizeof(MCP_SUBKEY) / sizeof(WCHAR) - 1)
#define MCP_VALUE_BYTES   4096 /* what of a value is read */

#define MCP_KEY_ATTRIBUTES (OBJ_CASE_INSENSITIVE | MCP_KERNEL_HANDLE)

/* Too large for a kernel's stack; one call at a time. The string given to DriverEntry is the
 * system's, and gone when that returns: so the path is copied. */
static struct {
    WCHAR Path[MCP_PATH_LENGTH + MCP_SUBKEY_LENGTH];
    ULONG Length; /* characters, with the subkey; 0: no path was given yet */
    union {
        KEY_VALUE_PARTIAL_INFORMATION Value;
        UCHAR Bytes[sizeof(KEY_VALUE_PARTIAL_INFORMATION) + MCP_VALUE_BYTES];
    } u;
} McpNtOptions;

/* Volatile, so that no compiler makes a call of memcpy of it. */
static VOID McpNtCopy(volatile WCHAR *To, const WCHAR *From, ULONG Count)
{
    while (Count-- != 0) {
        *To++ = *From++;
    }
}

static VOID McpNtKeepPath(const UNICODE_STRING *Path)
{
    ULONG Length = Path->Length / sizeof(WCHAR);

    McpNtOptions.Length = 0;
    if (Length != 0 && Length <= MCP_PATH_LENGTH) {
        McpNtCopy(McpNtOptions.Path, Path->Buffer, Length);
        McpNtCopy(McpNtOptions.Path + Length, MCP_SUBKEY, (ULONG)MCP_SUBKEY_LENGTH);
        McpNtOptions.Length = Length + (ULONG)MCP_SUBKEY_LENGTH;
    }
}

/* TRUE: the value was found, and is in u.Value as far as it fits. *Status is of that. */
static BOOLEAN McpNtQueryValue(NTSTATUS *Status)
{
    OBJECT_ATTRIBUTES Attributes;
    UNICODE_STRING Name;
    HANDLE Key;
    ULONG Needed = 0;

    Name.Buffer = McpNtOptions.Path;
    Name.Length = Name.MaximumLength = (USHORT)(McpNtOptions.Length * sizeof(WCHAR));
    InitializeObjectAttributes(&Attributes, &Name, MCP_KEY_ATTRIBUTES, NULL, NULL);
    if (ZwOpenKey(&Key, KEY_QUERY_VALUE, &Attributes) < 0) {
        return FALSE;
    }
    RtlInitUnicodeString(&Name, MCP_VALUE_NAME);
    *Status = ZwQueryValueKey(Key, &Name, KeyValuePartialInformation, &McpNtOptions.u,
                              sizeof(McpNtOptions.u), &Needed);
    ZwClose(Key);
    return *Status >= 0 || *Status == STATUS_BUFFER_OVERFLOW;
}

ULONG McOsOptions(const VOID *RegistryPath, char *Buffer, ULONG Size)
{
    /* The value's data need not be aligned, nor end with a NUL. */
    const UCHAR *Data = McpNtOptions.u.Value.Data;
    volatile char *To = Buffer;
    NTSTATUS Status = STATUS_SUCCESS;
    ULONG Length = 0, Characters;

    *To = 0;
    if (RegistryPath) {
        McpNtKeepPath((const UNICODE_STRING *)RegistryPath);
    }
    if (McpNtOptions.Length == 0) {
        return MC_OPTIONS_PATH;
    }
    if (!McpNtQueryValue(&Status)) {
        return MC_OPTIONS_NONE;
    }
    if (McpNtOptions.u.Value.Type != REG_SZ) {
        return MC_OPTIONS_TYPE;
    }
    Characters = McpNtOptions.u.Value.DataLength / sizeof(WCHAR);
    for (; Length < Characters && (Data[2 * Length] | Data[2 * Length + 1]) != 0; Length++) {
        if (Status < 0 || Length + 1 == Size) {
            Buffer[0] = 0;
            return MC_OPTIONS_LONG;
        }
        To[Length] =
            (char)(Data[2 * Length + 1] || Data[2 * Length] >= 0x80 ? '?' : Data[2 * Length]);
    }
    To[Length] = 0;
    return Length;
}
