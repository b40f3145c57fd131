#include "rib/out/sent_log.hpp"

#include <algorithm>
#include <iterator>

namespace pipit::rib {

std::optional<net::TimePoint> SentLog::find(DestinationId destination) const {
  const auto id = static_cast<std::uint32_t>(destination);
  for (std::uint64_t i = count_; i-- > count_ - ring_.size();) {
    if (ring_[i % kDestinations] == id) {
      const auto after = std::ranges::upper_bound(batches_, i, {}, &Batch::first);
      return std::prev(after)->at;
    }
  }
  return std::nullopt;
}

SentBetween when_sent(const SentLog& log,
                      const StreamTimes& member,
                      DestinationId destination,
                      net::TimePoint now) {
  using Lack = StreamTimes::Lack;
  const net::TimePoint back = member.back.value_or(now);
  const bool all = member.lack == Lack::Everything;
  if (const auto at = log.find(destination)) {
    if (*at >= back) {
      return {*at, *at};  // with the stream
    }
    if (*at >= member.left) {
      return {*at, back};  // it was told while it was outside
    }
    if (all) {
      return {member.left, back};
    }
    if (member.lack == Lack::Recalled) {
      return {std::max(*at, member.joined), back};
    }
    // Before it left: by the stream, unless it was outside then, too.
    return {member.lack == Lack::Changes ? std::max(*at, member.joined) : member.joined,
            member.left};
  }
  const net::TimePoint forgotten = log.forgotten_until();
  if (all) {
    return {member.left, std::max(back, forgotten)};
  }
  const bool later = forgotten >= member.left || member.lack == Lack::Recalled;
  return {member.joined, later ? std::max(back, forgotten) : member.left};
}

}  // namespace pipit::rib
