// All carts and users of a running cartd, page by page: GET /v1/export.
#pragma once

#include "apps/cartctl/base_url.h"
#include "apps/cartctl/moved.h"

#include <functional>
#include <string>

namespace cartd::cartctl {

/// Hands each page to `take`, which answers whether to go on. Begins at `cursor`, which may be empty. What fails is
/// tried again for a while. Answers why it could not go on; empty: it came to the end, or `take` ended it.
std::string export_pages(const BaseUrl& server, std::string cursor, const std::function<bool(MovedPage page)>& take);

}  // namespace cartd::cartctl
