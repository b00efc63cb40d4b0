#include "apps/cartctl/acl.h"

namespace cartd::cartctl {

std::string acl_line() {
  return "ACL SETUSER cartd on >PASSWORD resetkeys ~cart:* ~{cart:* ~user:* resetchannels -@all "
         // The connection: handshake, fence and health.
         "+select +client|setname +client|id +client|kill +info +ping "
         // Carts and users, and what their scripts call.
         "+multi +exec +evalsha +eval +time +hgetall +hset +hdel +del +pexpireat";
}

}  // namespace cartd::cartctl
