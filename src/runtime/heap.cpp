#include "runtime/heap.h"

#include <malloc.h>

namespace cartd {

void return_free_memory() { malloc_trim(0); }

}  // namespace cartd
