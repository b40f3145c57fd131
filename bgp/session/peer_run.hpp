// How Peer runs its entries: the work, the commands that were given from within PeerEvents calls,
// and at the end what always follows. Included by the two halves of Peer only.
#pragma once

#include <utility>

#include "bgp/session/peer.hpp"

namespace pipit::bgp {

/// Lets a slice of parked messages be read once reading was resumed.
class Peer::ResumeTask final : public net::Task {
 public:
  explicit ResumeTask(Peer& peer) : peer_(peer) {}

  bool run() override;

 private:
  Peer& peer_;
};

template <typename Work>
void Peer::run(Work&& work) {
  if (busy_) {
    pending_.emplace_back(std::forward<Work>(work));
    return;
  }
  busy_ = true;
  work();
  run_pending();
  decide_waiting();
  settle(Event::AutomaticStart);
  arm();
  busy_ = false;
}

}  // namespace pipit::bgp
