#include "apps/cartctl/doctor/acl.h"

namespace cartd::doctor {

std::string acl_line(redis::Topology topology) {
  const std::string line =
      "ACL SETUSER cartd on >PASSWORD resetkeys ~cart:* ~{cart:* ~checkout:* ~user:* resetchannels -@all "
      // The connection: handshake, fence, health, and how far the replicas are.
      "+client|setname +client|id +client|kill +info +ping "
      // Carts, checkouts and users, and what their scripts call.
      "+evalsha +eval +time +hget +hgetall +hmget +hlen +hset +hdel +pexpireat "
      // Owners' lists of carts.
      "+zadd +zrem +zrangebylex +pttl "
      // What there is of them, for export.
      "+scan";
  // A Cluster has one database, and elsewhere the URL may name another.
  return line + (topology == redis::Topology::cluster ? " +cluster|info +cluster|slots +asking" : " +select");
}

std::string sentinel_acl_line() {
  return "ACL SETUSER cartd on >PASSWORD resetchannels -@all +client|setname +client|id +client|kill +info +ping "
         "+sentinel|get-master-addr-by-name +sentinel|master +sentinel|sentinels +sentinel|myid";
}

}  // namespace cartd::doctor
