#include "domain/checkout.h"

#include "util/base64url.h"

#include <algorithm>
#include <cstddef>

namespace cartd {

CheckoutId checkout_id_of(std::string_view beginning, std::span<const unsigned char, 17> random) {
  constexpr std::size_t random_characters = 22;
  return *CheckoutId::parse(std::string(beginning) + util::base64url(random, random_characters));
}

const CheckoutNote* find_note(const std::vector<CheckoutNote>& notes, const CheckoutId& id) {
  const auto found = std::find_if(notes.begin(), notes.end(), [&](const CheckoutNote& note) { return note.id == id; });
  return found == notes.end() ? nullptr : &*found;
}

bool is_open(const CheckoutNote& note, Time now) { return note.state == CheckoutState::open && now < note.expires_at; }

}  // namespace cartd
