#include "domain/durability.h"

namespace cartd {

const char* to_string(Durability durability) {
  switch (durability) {
    case Durability::memory: return "memory";
    case Durability::journal: return "journal";
    case Durability::disk: return "disk";
    case Durability::primary: return "primary";
  }
  return "memory";
}

}  // namespace cartd
