#include "runtime/heap.h"

#ifdef CARTD_JEMALLOC
#include <jemalloc/jemalloc.h>

// Read by jemalloc at start; MALLOC_CONF in the environment goes before it. What is free and dirty goes back to the
// system after a second instead of ten, and is looked for by a thread of jemalloc's own, because an idle process frees
// nothing that would make it look.
const char* malloc_conf = "background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0";
#else
#include <malloc.h>
#endif

namespace cartd {

void return_free_memory() {
#ifdef CARTD_JEMALLOC
  mallctl("thread.tcache.flush", nullptr, nullptr, nullptr, 0);
  mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0);  // 4096 is MALLCTL_ARENAS_ALL.
#else
  malloc_trim(0);
#endif
}

}  // namespace cartd
