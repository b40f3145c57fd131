#include "tests/sim/reload/door.hpp"

#include <utility>

namespace pipit::sim {

void Door::attach(bgp::Peer& peer) {
  peer_ = &peer;
  side_.attach(peer);
}

void Door::detach() {
  ++attempt_;
  waiting_.reset();
  peer_ = nullptr;
  side_.detach();
}

void Door::open() {
  shut_ = false;
  if (waiting_) {
    go_through();
  }
}

void Door::connect(const bgp::SessionOptions& options) {
  ++attempt_;
  waiting_ = options;
  if (!shut_) {
    go_through();
  }
}

void Door::close(bgp::Way way, net::Bytes farewell) {
  if (way == bgp::Way::Outgoing) {
    ++attempt_;
    waiting_.reset();
  }
  side_.close(way, std::move(farewell));
}

void Door::go_through() {
  const bgp::SessionOptions options = *std::exchange(waiting_, std::nullopt);
  const bool known = !options.local_address || *options.local_address == link_.addresses[0];
  if (options.address.address == link_.addresses[1] && known && options.password == password &&
      options.ttl_security.has_value() == ttl_security) {
    side_.connect(options);
    return;
  }
  loop_.after(std::chrono::milliseconds(1), [this, attempt = attempt_] {
    if (attempt == attempt_ && peer_ != nullptr) {
      peer_->on_connect_failed("refused");
    }
  });
}

}  // namespace pipit::sim
