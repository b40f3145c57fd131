// When an update group sent what, as far back as a fixed number of routes reaches: for `explain`.
// Nothing is kept for each route. What is no longer remembered was sent before the oldest that is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "net/footprint.hpp"
#include "net/loop.hpp"
#include "rib/table/destination_id.hpp"

namespace pipit::rib {

class SentLog {
 public:
  static constexpr std::size_t kDestinations = 2048;

  explicit SentLog(net::TimePoint begin) : forgotten_until_(begin) {}

  /// The batch of a moment begins: what note() is told of goes out in it.
  void begin(net::TimePoint now) { now_ = now; }

  void note(DestinationId destination) {
    if (batches_.empty() || batches_.back().at != now_) {
      batches_.push_back({count_, now_});
    }
    const auto id = static_cast<std::uint32_t>(destination);
    if (ring_.size() < kDestinations) {
      ring_.push_back(id);
    } else {
      ring_[count_ % kDestinations] = id;
    }
    ++count_;
    forget();
  }

  /// When the destination was sent last; nullopt: it is not remembered.
  std::optional<net::TimePoint> find(DestinationId destination) const;

  /// What is not remembered was not sent after that.
  net::TimePoint forgotten_until() const { return forgotten_until_; }

  /// Octets held, but for the object itself.
  std::size_t memory() const { return net::reserved(ring_) + net::footprint(batches_); }

 private:
  struct Batch {
    std::uint64_t first = 0;  // count_ before it
    net::TimePoint at;
  };

  /// Batches of which nothing is left in the ring.
  void forget() {
    const std::uint64_t oldest = count_ - ring_.size();
    if (batches_.front().first < oldest) {
      forgotten_until_ = batches_.front().at;
    }
    while (batches_.size() > 1 && batches_[1].first <= oldest) {
      batches_.pop_front();
    }
  }

  std::vector<std::uint32_t> ring_;
  std::uint64_t count_ = 0;  // ever noted
  std::deque<Batch> batches_;
  net::TimePoint now_{};
  net::TimePoint forgotten_until_;
};

/// When a member began to get what its group has, left the group's stream, and was back in it.
struct StreamTimes {
  /// What it lacked outside of the stream.
  enum class Lack : std::uint8_t {
    Everything,  // it was sent all again: a new session, a refresh
    Changes,     // it read slowly
    Recalled,    // it had stopped reading: changes, and what had waited to be written
    Difference,  // it came from another group
  };

  net::TimePoint joined;
  net::TimePoint left;
  std::optional<net::TimePoint> back;  // nullopt: it is still outside
  Lack lack = Lack::Everything;

  void leave(net::TimePoint now, Lack what) {
    left = now;
    back.reset();
    lack = what;
  }
};

/// A route was sent at the earliest and at the latest then; the same where it is known exactly.
struct SentBetween {
  net::TimePoint from;
  net::TimePoint to;
};

/// When a member was last sent a route that it has.
SentBetween when_sent(const SentLog& log,
                      const StreamTimes& member,
                      DestinationId destination,
                      net::TimePoint now);

}  // namespace pipit::rib
