// What a connection still has to write: whole BGP messages in shared slices, written many at a
// time. Filled and drained by Peer.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <span>

#include "net/bytes.hpp"
#include "net/slice.hpp"

namespace pipit::bgp {

class WriteQueue {
 public:
  /// What one write offers to the socket at most.
  static constexpr std::size_t kGatherSlices = 256;
  static constexpr std::size_t kGatherOctets = std::size_t{256} * 1024;

  using Gathered = std::array<net::ByteView, kGatherSlices>;

  /// `slice`: one or more whole messages.
  void push(net::Slice slice);

  /// Octets not yet written.
  std::size_t octets() const { return octets_; }

  bool empty() const { return octets_ == 0; }

  /// What it keeps alive, in order; queues of several sessions share buffers.
  const std::deque<net::Slice>& slices() const { return slices_; }

  /// Octets of the first slice that the socket has taken.
  std::size_t written_of_first() const { return written_; }

  /// The next octets to write, as views into the queue that are valid until it changes.
  std::span<const net::ByteView> gather(Gathered& views) const;

  /// The socket took `count` octets; at most octets().
  void consume(std::size_t count);

  /// Takes the newest slice of UPDATEs that name routes out, as far as nothing is written of it.
  /// KEEPALIVEs behind it stay; nullopt when there is none, or something that must keep its place
  /// among UPDATEs (End-of-RIB, ROUTE-REFRESH) stands before it.
  std::optional<net::Slice> take_back();

  /// The rest of a message of which a part was written. A NOTIFICATION must come after it, or the
  /// neighbor could not find where it begins.
  net::Bytes unfinished_message() const;

  void clear();

 private:
  /// Octets at the front of a slice up to the end of the message that was being written.
  std::size_t begun_of_first() const;

  std::deque<net::Slice> slices_;
  std::size_t octets_ = 0;
  std::uint32_t written_ = 0;  // of the first slice
};

}  // namespace pipit::bgp
