// Judges what a Redis deployment's state means for carts: who decides about failover and whether they can, which carts
// are served, and each primary by itself. Pure.
#pragma once

#include "apps/cartctl/doctor/facts.h"
#include "apps/cartctl/doctor/server_judgement.h"

#include <string>
#include <vector>

namespace cartd::doctor {

/// The findings about one server, or about the deployment as a whole.
struct Chapter {
  std::string server;  ///< The server's address; empty for the whole.
  std::vector<Finding> findings;
};

/// First the whole, unless it is one server, then each primary.
std::vector<Chapter> judge(const Examined& examined);

}  // namespace cartd::doctor
