// The parameters of Redis URLs that mean something to other clients, and nothing to cartd.
#pragma once

#include <string_view>

namespace cartd::redis {

/// Whether `plain_name`, in lower case and without "_" and "-", is one that can be passed over: how other clients spend
/// their time and their connections, name themselves to servers, and read replies. None of it changes what cartd's
/// commands mean, nor makes a connection less safe.
bool is_hint_for_others(std::string_view plain_name);

}  // namespace cartd::redis
