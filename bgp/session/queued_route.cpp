#include "bgp/session/queued_route.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "bgp/wire/message.hpp"
#include "bgp/wire/nlri.hpp"
#include "net/bytes.hpp"
#include "net/family.hpp"

namespace pipit::bgp {
namespace {

constexpr std::uint8_t kExtendedLength = 0x10;  // RFC 4271 §4.3
constexpr std::uint8_t kMpReach = 14;           // RFC 4760 §3
constexpr std::uint8_t kMpUnreach = 15;         // RFC 4760 §4

/// One prefix as it stands in an NLRI field.
class Sought {
 public:
  explicit Sought(const net::Prefix& prefix) : prefix_(prefix) {
    const Nlri nlri{.prefix = prefix};
    const NlriFit fit = fit_nlri({&nlri, 1}, false, 64);
    encode_nlri({&nlri, 1}, false, fit.octets, octets_);
  }

  net::Afi afi() const { return prefix_.afi(); }

  /// Quick, and true for some octets that are something else.
  bool may_be_in(net::ByteView octets) const {
    return ::memmem(octets.data(), octets.size(), octets_.data(), octets_.size()) != nullptr;
  }

  /// In a list of NLRI.
  bool is_in(net::ByteView field) const {
    while (!field.empty()) {
      const std::size_t length = 1 + (std::size_t{field.front()} + 7) / 8;
      if (length > field.size()) {
        return false;
      }
      if (length == octets_.size() && std::ranges::equal(field.first(length), octets_)) {
        return true;
      }
      field = field.subspan(length);
    }
    return false;
  }

 private:
  net::Prefix prefix_;
  net::Bytes octets_;
};

/// What the value of MP_REACH_NLRI or MP_UNREACH_NLRI says of the prefix.
bool in_mp(const Sought& sought, net::ByteView value, bool reach) {
  net::ByteReader reader(value);
  const bool family = reader.u16() == static_cast<std::uint16_t>(sought.afi());
  reader.u8();  // SAFI: only unicast is ever sent
  if (reach) {
    reader.take(reader.u8());
    reader.u8();
  }
  return family && reader.ok() && sought.is_in(reader.rest());
}

QueuedRoute look_at(const Sought& sought, net::ByteView message) {
  if (message[kHeaderSize - 1] != static_cast<std::uint8_t>(MessageType::Update) ||
      !sought.may_be_in(message.subspan(kHeaderSize))) {
    return QueuedRoute::None;
  }
  net::ByteReader body(message.subspan(kHeaderSize));
  const bool v4 = sought.afi() == net::Afi::Ipv4;
  const bool withdrawn = sought.is_in(body.take(body.u16())) && v4;
  net::ByteReader attributes = body.child(body.u16());
  bool announced = v4 && body.ok() && sought.is_in(body.rest());
  bool unreached = false;
  while (attributes.ok() && !attributes.empty()) {
    const std::uint8_t flags = attributes.u8();
    const std::uint8_t code = attributes.u8();
    const std::size_t length =
        (flags & kExtendedLength) != 0 ? attributes.u16() : std::size_t{attributes.u8()};
    const net::ByteView value = attributes.take(length);
    announced = announced || (code == kMpReach && in_mp(sought, value, true));
    unreached = unreached || (code == kMpUnreach && in_mp(sought, value, false));
  }
  return announced                ? QueuedRoute::Announced
         : withdrawn || unreached ? QueuedRoute::Withdrawn
                                  : QueuedRoute::None;
}

/// The last message of whole ones that names the prefix; those before `written` are gone.
QueuedRoute look_at_all(const Sought& sought, net::ByteView octets, std::size_t written) {
  QueuedRoute found = QueuedRoute::None;
  std::size_t at = 0;
  while (at + kHeaderSize <= octets.size()) {
    const std::size_t length = (std::size_t{octets[at + 16]} << 8) | octets[at + 17];
    if (length < kHeaderSize || at + length > octets.size()) {
      break;
    }
    if (at + length > written) {
      const QueuedRoute here = look_at(sought, octets.subspan(at, length));
      found = here == QueuedRoute::None ? found : here;
    }
    at += length;
  }
  return found;
}

}  // namespace

QueuedRoute find_queued(const WriteQueue& queue, const net::Prefix& prefix) {
  const Sought sought(prefix);
  const auto& slices = queue.slices();
  for (std::size_t i = slices.size(); i-- > 0;) {
    const QueuedRoute found =
        look_at_all(sought, slices[i].view(), i == 0 ? queue.written_of_first() : 0);
    if (found != QueuedRoute::None) {
      return found;
    }
  }
  return QueuedRoute::None;
}

}  // namespace pipit::bgp
