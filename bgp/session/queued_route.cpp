#include "bgp/session/queued_route.hpp"

#include <algorithm>
#include <cstring>

#include "bgp/wire/message.hpp"
#include "bgp/wire/nlri.hpp"
#include "bgp/wire/nlri_fields.hpp"
#include "net/bytes.hpp"

namespace pipit::bgp {
namespace {

/// One prefix as it stands in an NLRI field.
class Sought {
 public:
  explicit Sought(const net::Prefix& prefix) : afi_(prefix.afi()) {
    const Nlri nlri{.prefix = prefix};
    const NlriFit fit = fit_nlri({&nlri, 1}, false, 64);
    encode_nlri({&nlri, 1}, false, fit.octets, octets_);
  }

  /// Quick, and true for some octets that are something else.
  bool may_be_in(net::ByteView octets) const {
    return ::memmem(octets.data(), octets.size(), octets_.data(), octets_.size()) != nullptr;
  }

  bool is_in(const NlriField& field) const {
    if (field.afi != afi_) {
      return false;
    }
    net::ByteView list = field.octets;
    while (!list.empty()) {
      const std::size_t length = 1 + (std::size_t{list.front()} + 7) / 8;
      if (length > list.size()) {
        return false;
      }
      if (length == octets_.size() && std::ranges::equal(list.first(length), octets_)) {
        return true;
      }
      list = list.subspan(length);
    }
    return false;
  }

 private:
  net::Afi afi_;
  net::Bytes octets_;
};

QueuedRoute look_at(const Sought& sought, net::ByteView message) {
  QueuedRoute found = QueuedRoute::None;
  if (!sought.may_be_in(message.subspan(kHeaderSize))) {
    return found;
  }
  for (const NlriField& field : nlri_fields(message)) {
    // A prefix in both is announced (RFC 4271 §4.3).
    if (found != QueuedRoute::Announced && sought.is_in(field)) {
      found = field.reach ? QueuedRoute::Announced : QueuedRoute::Withdrawn;
    }
  }
  return found;
}

/// The last message of whole ones that names the prefix; those before `written` are gone.
QueuedRoute look_at_all(const Sought& sought, net::ByteView octets, std::size_t written) {
  QueuedRoute found = QueuedRoute::None;
  std::size_t at = 0;
  for (net::ByteView message = first_message(octets); !message.empty();
       message = first_message(octets.subspan(at))) {
    at += message.size();
    if (at > written) {
      const QueuedRoute here = look_at(sought, message);
      found = here == QueuedRoute::None ? found : here;
    }
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
