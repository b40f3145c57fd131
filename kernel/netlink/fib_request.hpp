// One round trip with the kernel: a batch of route requests and their answers.
//
// Requests ask for no acknowledgement of their own: what fails is reported with its sequence
// number, and one empty message at the end is acknowledged, which says that all others were done.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/netlink/message.hpp"
#include "kernel/netlink/route.hpp"

namespace pipit::kernel {

class FibRequest {
 public:
  /// Octets of one batch: some 1,900 routes, about ten milliseconds of the kernel's work.
  static constexpr std::size_t kBatchSize = 128 * 1024;

  /// The answer to one request.
  struct Answer {
    int error = 0;      // errno; 0: done
    bool known = true;  // false: the answer was lost
    std::string text;   // the kernel's words, or errno's
  };

  FibRequest() : batch_(kBatchSize, kTailSize) {}

  bool empty() const { return answers_.empty(); }

  /// Adds RTM_NEWROUTE or RTM_DELROUTE; false when the batch is full.
  bool put_new(const Route& route, std::uint16_t flags);
  /// `leg`: this one of an IPv6 route only.
  bool put_delete(const RouteKey& key, std::uint8_t protocol, const Hop* leg = nullptr);

  /// Ends the batch and returns its octets.
  net::ByteView finish();

  /// Takes in what came back, then its end. Afterwards answers() has one entry for each request, in
  /// order. `lost`: some of it was.
  void on_answers(net::ByteView datagram);
  void on_answers_end(bool lost);

  const std::vector<Answer>& answers() const { return answers_; }

  /// Begins the next batch.
  void clear();

 private:
  static constexpr std::size_t kTailSize = 64;  // for the message that ends a batch

  /// The sequence number of the message that ends the batch.
  std::uint32_t last() const { return first_ + static_cast<std::uint32_t>(answers_.size()); }

  MessageBatch batch_;
  std::vector<Answer> answers_;
  bool complete_ = false;    // the end of the batch was answered
  std::uint32_t first_ = 1;  // sequence number of the first request
};

}  // namespace pipit::kernel
