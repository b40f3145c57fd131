#include "bench/load/receiver.hpp"

namespace pipit::load {
namespace {

/// Calls `take(address, length)` for each IPv4 NLRI of a field.
template <typename Take>
void for_each_nlri(net::ByteView field, Take take) {
  net::ByteReader reader(field);
  while (!reader.empty()) {
    const std::uint8_t length = reader.u8();
    std::uint32_t address = 0;
    int shift = 24;
    for (const std::uint8_t octet : reader.take((length + 7U) / 8)) {
      address |= std::uint32_t{octet} << shift;
      shift -= 8;
    }
    if (!reader.ok() || length > 32) {
      return;
    }
    take(address, length);
  }
}

/// What take() reads of path attributes.
struct Glance {
  net::ByteView mp_reach;  // NLRI of MP_REACH_NLRI for IPv4 unicast, which some daemons prefer
  Mark med = kSomething;
};

Glance glance(net::ByteView attributes) {
  Glance seen;
  net::ByteReader reader(attributes);
  while (reader.ok() && !reader.empty()) {
    const std::uint8_t flags = reader.u8();
    const std::uint8_t code = reader.u8();
    const std::size_t length = (flags & 0x10) != 0 ? reader.u16() : reader.u8();
    net::ByteReader value = reader.child(length);
    if (code == 4) {
      seen.med = value.u32();
    } else if (code == 14 && value.u16() == 1 && value.u8() == 1) {
      value.take(value.u8());
      value.u8();
      seen.mp_reach = value.rest();
    }
  }
  return seen;
}

}  // namespace

Receiver::Receiver(const Workload& workload, const ReceiverRole& role)
    : workload_(workload), role_(role), held_(workload.prefixes.size(), kNothing) {}

void Receiver::expect(const BestRoutes& best) {
  best_ = &best;
  wrong_ = 0;
  outdated_ = 0;
  for (std::uint32_t prefix = 0; prefix < held_.size(); ++prefix) {
    wrong_ += held_[prefix] != wanted(prefix) ? 1 : 0;
  }
}

/// True for a route of the receiver's own.
bool Receiver::is_own(Mark mark, std::uint32_t prefix) const {
  const std::uint32_t set = role_.internal ? mark & kSetOfMark : workload_.first_set[prefix];
  return role_.own_sender != UINT32_MAX && set < workload_.owners.size() &&
         workload_.owners[set] == role_.own_sender;
}

void Receiver::hold(std::uint32_t address, std::uint8_t length, Mark mark) {
  const auto found = workload_.ids.find(prefix_key(address, length));
  if (found == workload_.ids.end()) {
    unknown_ += mark != kNothing ? 1 : 0;
    return;
  }
  const std::uint32_t prefix = found->second;
  if (mark != kNothing && is_own(mark, prefix)) {
    ++echoes_;
    mark = kNothing;  // some daemons do this all the time: it is counted, not waited for
  }
  const Mark must = wanted(prefix);
  outdated_ += mark != kNothing && mark != must ? 1 : 0;
  wrong_ += (mark != must ? 1U : 0U) - (held_[prefix] != must ? 1U : 0U);
  held_[prefix] = mark;
}

void Receiver::take(net::ByteView body) {
  ++updates_;
  octets_ += body.size();
  stored_.insert(stored_.end(), body.begin(), body.end());
  lengths_.push_back(static_cast<std::uint32_t>(body.size()));
  net::ByteReader reader(body);
  const net::ByteView withdrawn = reader.take(reader.u16());
  const net::ByteView attributes = reader.take(reader.u16());
  for_each_nlri(withdrawn, [&](std::uint32_t a, std::uint8_t l) { hold(a, l, kNothing); });
  if (attributes.empty()) {
    return;
  }
  const Glance seen = glance(attributes);
  const Mark mark = role_.internal ? seen.med : kSomething;
  const net::ByteView plain = reader.rest();
  for_each_nlri(plain.empty() ? seen.mp_reach : plain,
                [&](std::uint32_t a, std::uint8_t l) { hold(a, l, mark); });
}

}  // namespace pipit::load
