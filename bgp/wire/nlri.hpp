// NLRI of the families whose routes are named by a prefix (RFC 4271 §4.3), with a Path Identifier
// where ADD-PATH is on (RFC 7911), and in the VPN families with a Route Distinguisher and a label
// (RFC 4364 §4.3.4, RFC 8277). How lists of them are read and written, the family table says.
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

#include "net/address.hpp"
#include "net/bytes.hpp"
#include "net/footprint.hpp"
#include "net/route_key.hpp"

namespace pipit::bgp {

struct Nlri {
  net::Prefix prefix;
  std::uint32_t path_id = 0;

  friend auto operator<=>(const Nlri&, const Nlri&) = default;
};

/// What an NLRI of a VPN family has besides.
struct VpnPart {
  net::RouteDistinguisher distinguisher;  // belongs to the key
  std::uint32_t label = 0;                // payload: 20 bits; of a withdrawal no meaning

  friend auto operator<=>(const VpnPart&, const VpnPart&) = default;
};

class NlriList;

/// Borrowed NLRI of one family.
class NlriView {
 public:
  NlriView() = default;

  /// Of families without VPN parts.
  template <typename Range>
    requires(!std::same_as<Range, NlriList> &&
             std::convertible_to<const Range&, std::span<const Nlri>>)
  NlriView(const Range& prefixes) : prefixes_(prefixes) {}

  /// One VPN part for each prefix, or none at all.
  NlriView(std::span<const Nlri> prefixes, std::span<const VpnPart> vpn)
      : prefixes_(prefixes), vpn_(vpn) {}

  std::size_t size() const { return prefixes_.size(); }

  bool empty() const { return prefixes_.empty(); }

  std::span<const Nlri> prefixes() const { return prefixes_; }

  /// Empty in families without.
  std::span<const VpnPart> vpn() const { return vpn_; }

  net::RouteKey key(net::Family family, std::size_t i) const {
    return {family, vpn_.empty() ? net::RouteDistinguisher() : vpn_[i].distinguisher,
            prefixes_[i].prefix};
  }

  NlriView subview(std::size_t from, std::size_t count) const {
    return {prefixes_.subspan(from, count), vpn_.empty() ? vpn_ : vpn_.subspan(from, count)};
  }

  NlriView first(std::size_t count) const { return subview(0, count); }

  NlriView without_first(std::size_t count) const { return subview(count, size() - count); }

 private:
  std::span<const Nlri> prefixes_;
  std::span<const VpnPart> vpn_;
};

/// NLRI of one family. The VPN parts stand in a list beside, so that those of the unicast families
/// are no larger for them.
class NlriList {
 public:
  NlriList() = default;

  NlriList(std::initializer_list<Nlri> prefixes) : prefixes_(prefixes) {}

  /// Of a family without VPN parts.
  NlriList(std::vector<Nlri> prefixes) : prefixes_(std::move(prefixes)) {}

  operator NlriView() const { return {prefixes_, vpn_}; }

  void push_back(const Nlri& prefix) { prefixes_.push_back(prefix); }

  void push_back(const Nlri& prefix, const VpnPart& vpn) {
    prefixes_.push_back(prefix);
    vpn_.push_back(vpn);
  }

  /// Item `i` of a list of the same family.
  void push_back(const NlriView& from, std::size_t i) {
    prefixes_.push_back(from.prefixes()[i]);
    if (!from.vpn().empty()) {
      vpn_.push_back(from.vpn()[i]);
    }
  }

  /// Keeps the memory.
  void clear() {
    prefixes_.clear();
    vpn_.clear();
  }

  std::size_t size() const { return prefixes_.size(); }

  bool empty() const { return prefixes_.empty(); }

  const Nlri& operator[](std::size_t i) const { return prefixes_[i]; }

  Nlri& operator[](std::size_t i) { return prefixes_[i]; }

  const Nlri& front() const { return prefixes_.front(); }

  auto begin() const { return prefixes_.begin(); }

  auto end() const { return prefixes_.end(); }

  /// For whoever fills in many; the other list is then filled alike.
  std::vector<Nlri>& prefixes() { return prefixes_; }

  const std::vector<Nlri>& prefixes() const { return prefixes_; }

  const std::vector<VpnPart>& vpn() const { return vpn_; }

  /// Takes out what `others`, of the same family, name, whatever their labels.
  void erase_all_of(const NlriView& others);

  /// Leaves one of those that name the same route.
  void erase_repeated();

  /// Octets held.
  std::size_t memory() const { return net::reserved(prefixes_) + net::reserved(vpn_); }

  friend bool operator==(const NlriList&, const NlriList&) = default;

 private:
  std::vector<Nlri> prefixes_;
  std::vector<VpnPart> vpn_;  // empty, or one for each
};

/// How many NLRI from the start of a list fit, and the octets that they take.
struct NlriFit {
  std::size_t count = 0;
  std::size_t octets = 0;
};

/// What a list of NLRI says of its routes.
enum class NlriUse : std::uint8_t { Announced, Withdrawn };

}  // namespace pipit::bgp
