#include "http/sessions.h"

#include <algorithm>
#include <vector>

namespace cartd::http {
namespace {

/// When no session had memory to give back, the next check waits this long: it costs time for every session.
constexpr std::chrono::milliseconds next_look{20};

}  // namespace

void Sessions::add(Session& session) {
  all_.insert(&session);
  if (farewell_) session.drain(*farewell_);
}

void Sessions::sweep(Session::Clock::time_point now) {
  const std::size_t open = site_.connections.open();
  const std::size_t limit = site_.options.limits.connections;
  const bool crowded = open > limit - limit / 8;
  for (Session* session : all_) session->sweep(now, crowded);
  if (site_.memory.overdue(now) > 0) cut_slowest(now, share_of_overdue(now), site_.memory.patience(), nullptr);
  site_.memory.tend(open, now);
}

void Sessions::make_room(const Session& but, std::size_t bytes) {
  const auto now = Session::Clock::now();
  const std::size_t missing = site_.memory.missing(bytes);
  if (missing == 0 || now - looked_in_vain_ < next_look) return;
  if (cut_slowest(now, missing, std::chrono::milliseconds(0), &but) < missing) looked_in_vain_ = now;
}

void Sessions::drain(Session::Clock::time_point farewell) {
  farewell_ = farewell;
  for (Session* session : all_) session->drain(farewell);
}

void Sessions::cut() {
  for (Session* session : all_) session->cut();
}

std::size_t Sessions::cut_slowest(Session::Clock::time_point now, std::size_t bytes, std::chrono::milliseconds patience,
                                  const Session* but) {
  std::vector<Session*> waiting;
  std::vector<Claim> claims;
  for (Session* session : all_) {
    const Claim claim = session->claim(now);
    if (claim.held == 0 || session == but) continue;
    waiting.push_back(session);
    claims.push_back(claim);
  }
  std::size_t given = 0;
  for (const std::size_t i : slowest(claims, bytes, patience)) {
    given += claims[i].held;
    waiting[i]->give_up();
    site_.memory.count_cut();
  }
  return given;
}

/// Every reactor gives back its part, as much of it as it has of the whole.
std::size_t Sessions::share_of_overdue(Session::Clock::time_point now) const {
  double ours = 0;
  for (const Session* session : all_) ours += static_cast<double>(session->claim(now).held);
  const double share = std::min(1.0, ours / static_cast<double>(std::max<std::size_t>(1, site_.memory.held())));
  return static_cast<std::size_t>(share * static_cast<double>(site_.memory.overdue(now)));
}

}  // namespace cartd::http
