// Sends carts and users to POST /v1/import of a running cartd: in requests that are bounded in bytes, several of them
// under way at once. What the server could not do now is sent again.
#pragma once

#include "apps/cartctl/base_url.h"
#include "apps/cartctl/moved.h"
#include "apps/cartctl/moved_state.h"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

namespace cartd::cartctl {

struct ImportCounts {
  std::int64_t imported = 0;
  std::int64_t equal = 0;  ///< They were there, or an earlier import had left them there.
  std::int64_t conflict = 0;
  std::int64_t expired = 0;
  std::int64_t refused = 0;

  std::int64_t all() const { return imported + equal + conflict + expired + refused; }
};

class Importer {
 public:
  /// Says what happened to one that was not taken: in a sentence, and its name.
  using Complain = std::function<void(const std::string& name, const std::string& why)>;

  /// Both outlive it; `complain` is called on any thread, one call at a time.
  Importer(const BaseUrl& server, std::size_t requests, MovedState& state, Complain complain);
  /// Leaves what is not sent.
  ~Importer();
  Importer(const Importer&) = delete;
  Importer& operator=(const Importer&) = delete;

  /// May wait. False: it is over, and failure() says why.
  bool add(Moved moved);
  /// Waits until all is done. The same.
  bool finish();

  /// Whether a state of it is in the target, by what was noted, or on its way there.
  bool knows(const std::string& name) const;

  ImportCounts counts() const;
  std::string failure() const;

 private:
  struct Entry {
    std::string name;
    Digest digest;
    bool is_user;
    std::string text;                  ///< The JSON object that is sent, but for …
    std::vector<Digest> candidates{};  ///< … the state that it may be written over: one of these, and …
    std::size_t tried = 0;             ///< … which.
  };
  using Batch = std::vector<Entry>;

  void work();
  bool send(class HttpConnection& connection, Batch batch);
  void push();
  void fail(std::string why);
  bool note_sending(const Batch& batch);
  static std::string text_of(const Entry& entry);
  void settle(const Entry& entry, const ImportAnswer& answer);
  void refuse(const Entry& entry, const std::string& why);

  const BaseUrl& server_;
  MovedState& state_;
  const Complain complain_;
  const std::size_t most_waiting_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Batch next_{};  ///< What is going to be the next request.
  std::size_t next_bytes_ = 0;
  std::deque<Batch> waiting_{};
  std::unordered_set<std::string> under_way_{};  ///< Names.
  ImportCounts counts_{};
  std::string failure_{};
  bool stopping_ = false;
  std::vector<std::thread> threads_{};
};

}  // namespace cartd::cartctl
