#include "domain/decide_checkout.h"

#include "util/digest.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <tuple>
#include <utility>

namespace cartd {
namespace {

constexpr std::size_t digest_characters = 16;

/// A text that is another one for another content: each part stands behind its length.
class Content {
 public:
  Content& add(std::string_view part) {
    text_.append(std::to_string(part.size())).append(1, ':').append(part);
    return *this;
  }
  Content& add(const std::optional<Money>& money) {
    return money ? add(std::to_string(money->amount_minor)).add(money->currency.code()) : add("");
  }
  std::string digest() const { return util::digest(text_, digest_characters); }

 private:
  std::string text_;
};

std::string digest_of(const Checkout& checkout) {
  Content content;
  content.add(checkout.owner ? checkout.owner->str() : "").add(checkout.cart_metadata).add(checkout.metadata);
  for (const Line& line : checkout.lines) {
    content.add(line.id.str()).add(std::to_string(line.quantity));
    if (!line.details) continue;
    content.add(line.details->name).add(line.details->unit_price).add(line.details->metadata);
  }
  return content.digest();
}

std::string payment_digest(const std::string& payment_ref) {
  return payment_ref.empty() ? std::string() : util::digest(payment_ref, digest_characters);
}

std::shared_ptr<const CheckoutOutcome> outcome_of(CheckoutNote note, std::shared_ptr<const Checkout> content) {
  return std::make_shared<const CheckoutOutcome>(CheckoutOutcome{std::move(note), std::move(content)});
}

Error lines_differ(const char* detail, std::vector<LineDifference> lines) {
  Error error{Errc::lines_differ, detail};
  error.lines = std::make_shared<const std::vector<LineDifference>>(std::move(lines));
  return error;
}

/// What the shop says of the lines, compared with them, and taken over as far as it may be.
class Offers {
 public:
  Offers(const BeginCheckout& command, Draft& draft, bool was_accepted)
      : draft_(draft), accepts_(command.accepts_differences || was_accepted), was_accepted_(was_accepted) {
    for (const Offer& offer : command.offers) offers_.emplace(offer.line, &offer);
  }

  /// The line as it goes into the checkout; nothing where none of it is available.
  Result<std::optional<Line>> line(const LineId& id) {
    const auto found = offers_.find(id);
    if (found != offers_.end()) {
      if (auto priced = take_price(*found->second); !priced) return priced.error();
    }
    const LineEdit& edit = draft_.line(id);
    std::int64_t quantity = edit.quantity;
    if (found != offers_.end() && found->second->available && *found->second->available < quantity) {
      difference(edit).available = found->second->available;
      quantity = *found->second->available;
    }
    if (quantity == 0) return std::optional<Line>();
    return std::optional(Line{id, quantity, edit.details});
  }

  bool changed_lines() const { return changed_lines_; }
  /// In the order of the lines; empty where all were accepted.
  std::vector<LineDifference> take_refused() { return accepts_ ? std::vector<LineDifference>() : std::move(refused_); }

 private:
  Result<void> take_price(const Offer& offer) {
    if (!offer.unit_price) return {};
    LineEdit& edit = draft_.line(offer.line);
    const std::optional<Money> before = edit.details ? edit.details->unit_price : std::nullopt;
    const bool is_foreign = before && before->currency != offer.unit_price->currency;
    if (is_foreign && was_accepted_) return {};
    if (is_foreign)
      return Error{Errc::invalid, "a price has another currency than the line: " + std::string(offer.line.sku()),
                   "/prices"};
    if (before && before->amount_minor < offer.unit_price->amount_minor) {
      LineDifference& its = difference(edit);
      its.unit_price = offer.unit_price;
      its.unit_price_before = before;
      if (!accepts_) return {};
    }
    changed_lines_ |= draft_.reprice(edit, *offer.unit_price);
    return {};
  }

  LineDifference& difference(const LineEdit& edit) {
    if (refused_.empty() || refused_.back().line != edit.line)
      refused_.push_back(LineDifference{edit.line, edit.quantity});
    return refused_.back();
  }

  Draft& draft_;
  const bool accepts_;
  const bool was_accepted_;
  std::map<LineId, const Offer*> offers_{};
  std::vector<LineDifference> refused_{};
  bool changed_lines_ = false;
};

/// Those that are forgotten go; where there are too many, also the oldest that nobody can be waiting for, or else the
/// oldest order, which is still to be found by its id.
void make_room(const CheckoutScene& scene) {
  std::vector<const CheckoutNote*> kept;
  for (const CheckoutNote& note : scene.notes) {
    if (note.forget_at > scene.context.now) kept.push_back(&note);
    else scene.edits.dropped_checkouts.push_back(note.id);
  }
  const std::size_t most = std::max<std::size_t>(1, scene.context.limits.max_checkouts) - 1;
  if (kept.size() <= most) return;
  const auto goes_first = [](const CheckoutNote* a, const CheckoutNote* b) {
    const bool a_is_order = a->state == CheckoutState::completed;
    const bool b_is_order = b->state == CheckoutState::completed;
    return std::tie(a_is_order, a->begun_at, a->id) < std::tie(b_is_order, b->begun_at, b->id);
  };
  std::sort(kept.begin(), kept.end(), goes_first);
  for (std::size_t i = 0; i + most < kept.size(); ++i) {
    scene.edits.dropped_checkouts.push_back(kept[i]->id);
    if (kept[i]->state != CheckoutState::completed) scene.edits.checkout_contents.push_back({kept[i]->id, nullptr});
  }
}

}  // namespace

Result<CheckoutEffect> begin_checkout(const BeginCheckout& command, const CheckoutScene& scene) {
  const ApplyContext& context = scene.context;
  Checkout checkout{command.id, scene.cart.id};
  checkout.owner = scene.cart.owner;
  checkout.cart_metadata = scene.cart.metadata;
  checkout.metadata = command.metadata;
  scene.draft.take_up_all_lines();
  Offers offers(command, scene.draft, scene.was_accepted);
  for (const Line& line : scene.cart.lines) {
    auto taken = offers.line(line.id);
    if (!taken) return taken.error();
    if (*taken) checkout.lines.push_back(std::move(**taken));
  }
  if (auto refused = offers.take_refused(); !refused.empty())
    return lines_differ("prices or availability have changed; with \"accept\": true they are taken over",
                        std::move(refused));
  if (checkout.lines.empty() && scene.was_accepted) return CheckoutEffect{offers.changed_lines()};
  if (checkout.lines.empty()) return Error{Errc::nothing_to_buy, "the cart has no lines that can be bought"};
  std::sort(checkout.lines.begin(), checkout.lines.end(), shown_before);

  const std::string content = digest_of(checkout);
  for (const CheckoutNote& note : scene.notes)
    if (is_open(note, context.now) && note.content == content)
      return CheckoutEffect{offers.changed_lines(), false, outcome_of(note, nullptr)};

  make_room(scene);
  for (CheckoutNote note : scene.notes) {
    if (!is_open(note, context.now) ||
        std::ranges::find(scene.edits.dropped_checkouts, note.id) != scene.edits.dropped_checkouts.end())
      continue;
    note.state = CheckoutState::superseded;
    scene.edits.checkouts.push_back(std::move(note));
  }
  checkout.begun_at = context.now;
  checkout.expires_at = context.now + context.limits.checkout_ttl;
  checkout.forget_at = checkout.expires_at + context.limits.order_retention;
  CheckoutNote note{command.id,          CheckoutState::open, checkout.begun_at,
                    checkout.expires_at, checkout.forget_at,  content};
  auto kept = std::make_shared<const Checkout>(std::move(checkout));
  scene.edits.checkouts.push_back(note);
  scene.edits.checkout_contents.push_back({command.id, kept});
  return CheckoutEffect{offers.changed_lines(), true, outcome_of(std::move(note), std::move(kept))};
}

Result<CheckoutEffect> complete_checkout(const CompleteCheckout& command, const CheckoutScene& scene) {
  const Checkout& checkout = *command.checkout;
  const CheckoutNote* const note = find_note(scene.notes, checkout.id);
  if (note && note->state == CheckoutState::completed) return CheckoutEffect{false, false, outcome_of(*note, nullptr)};
  const std::string payment = payment_digest(command.payment_ref);
  const auto pays = [&](const CheckoutNote& other) { return !payment.empty() && other.payment == payment; };
  if (!scene.was_accepted && std::any_of(scene.notes.begin(), scene.notes.end(), pays))
    return Error{Errc::payment_ref_used, "this payment_ref belongs to another checkout of the cart", "/payment_ref"};

  // The same when it is made again, after a rollback.
  const Time completed_at = accepted_at(scene.context.command_id);
  Order order{completed_at, command.payment_ref};
  order.is_late = note ? !is_open(*note, completed_at) : completed_at >= checkout.expires_at;
  CheckoutEffect effect;
  for (const Line& line : checkout.lines) {
    LineEdit& edit = scene.draft.line(line.id);
    const std::int64_t held = std::max<std::int64_t>(edit.quantity - on_their_way(line.id, scene.transfer), 0);
    const std::int64_t taken = std::min(held, line.quantity);
    if (taken < line.quantity) order.shortfall.push_back({line.id, line.quantity, held});
    if (taken == edit.quantity) {
      effect.lines_changed |= scene.draft.drop(edit);
    } else if (taken > 0) {
      edit.quantity -= taken;
      effect.lines_changed = true;
    }
  }
  if (command.is_strict && !scene.was_accepted && !order.shortfall.empty())
    return lines_differ("the cart does not hold all of the checkout any more; nothing was done",
                        std::move(order.shortfall));

  auto completed = std::make_shared<Checkout>(checkout);
  completed->order = std::move(order);
  completed->forget_at = scene.context.now + scene.context.limits.order_retention;
  CheckoutNote its{checkout.id,
                   CheckoutState::completed,
                   checkout.begun_at,
                   checkout.expires_at,
                   completed->forget_at,
                   note ? note->content : digest_of(checkout),
                   payment};
  if (!note) make_room(scene);
  scene.edits.checkouts.push_back(its);
  scene.edits.checkout_contents.push_back({checkout.id, completed});
  effect.notes_changed = true;
  effect.outcome = outcome_of(std::move(its), std::move(completed));
  return effect;
}

Result<CheckoutEffect> abort_checkout(const AbortCheckout& command, const CheckoutScene& scene) {
  const CheckoutNote* const note = find_note(scene.notes, command.id);
  if (!note && scene.was_accepted) return CheckoutEffect{};
  if (!note) return Error{Errc::not_found, "the cart has no such checkout"};
  if (note->state == CheckoutState::completed && !scene.was_accepted)
    return Error{Errc::already_completed, "the checkout has become an order"};
  if (note->state != CheckoutState::open) return CheckoutEffect{false, false, outcome_of(*note, nullptr)};
  CheckoutNote aborted = *note;
  aborted.state = CheckoutState::aborted;
  scene.edits.checkouts.push_back(aborted);
  return CheckoutEffect{false, true, outcome_of(std::move(aborted), nullptr)};
}

Time last_checkout_forgotten_at(const std::vector<CheckoutNote>& notes, const RecordEdits& edits) {
  Time last{};
  for (const CheckoutNote& note : notes)
    if (std::ranges::find(edits.dropped_checkouts, note.id) == edits.dropped_checkouts.end() &&
        find_note(edits.checkouts, note.id) == nullptr)
      last = std::max(last, note.forget_at);
  for (const CheckoutNote& note : edits.checkouts) last = std::max(last, note.forget_at);
  return last;
}

}  // namespace cartd
