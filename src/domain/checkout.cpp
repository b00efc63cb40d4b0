#include "domain/checkout.h"

#include <algorithm>

namespace cartd {

const CheckoutNote* find_note(const std::vector<CheckoutNote>& notes, const CheckoutId& id) {
  const auto found = std::find_if(notes.begin(), notes.end(), [&](const CheckoutNote& note) { return note.id == id; });
  return found == notes.end() ? nullptr : &*found;
}

bool is_open(const CheckoutNote& note, Time now) {
  return note.state == CheckoutState::open && now < note.expires_at;
}

}  // namespace cartd
