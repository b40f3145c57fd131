#include "bgp/session/queued_route.hpp"

#include <cstring>

#include "bgp/wire/family_table.hpp"
#include "bgp/wire/message.hpp"
#include "bgp/wire/nlri_codecs.hpp"
#include "bgp/wire/nlri_fields.hpp"
#include "net/bytes.hpp"

namespace pipit::bgp {
namespace {

/// One route as it stands in an NLRI field.
class Sought {
 public:
  explicit Sought(const net::RouteKey& key) : key_(key), row_(family_row(key.family)) {
    const Nlri nlri{.prefix = key.prefix};
    const VpnPart vpn{.distinguisher = key.distinguisher};
    const NlriView view({&nlri, 1}, {&vpn, 1});
    const NlriFit fit = row_.nlri.fit(view, false, row_.nlri.longest);
    row_.nlri.encode(view, false, NlriUse::Withdrawn, fit.octets, octets_);
    if (row_.labelled) {  // any label: from what stands behind it on
      octets_.erase(octets_.begin(), octets_.begin() + 1 + kLabelSize);
    }
  }

  /// Quick, and true for some octets that are something else.
  bool may_be_in(net::ByteView octets) const {
    return ::memmem(octets.data(), octets.size(), octets_.data(), octets_.size()) != nullptr;
  }

  bool is_in(const NlriField& field) const {
    if (field.family != key_.family) {
      return false;
    }
    NlriList list;
    row_.nlri.decode(field.octets, false, NlriUse::Withdrawn, list);
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (NlriView(list).key(key_.family, i) == key_) {
        return true;
      }
    }
    return false;
  }

 private:
  net::RouteKey key_;
  const FamilyRow& row_;
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

/// The last message of whole ones that names the route; those before `written` are gone.
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

QueuedRoute find_queued(const WriteQueue& queue, const net::RouteKey& key) {
  const Sought sought(key);
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
