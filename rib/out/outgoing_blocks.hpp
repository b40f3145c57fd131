// Outgoing attributes of one batch in wire form: made when a route is judged, copied into messages
// when the batch is encoded, so that policy and transform run once for both.
//
// Owned by ExportScratch, filled by Exporter, named by number in the buckets of Packer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bgp/wire/update.hpp"
#include "net/address.hpp"
#include "net/bytes.hpp"
#include "net/footprint.hpp"

namespace pipit::rib {

class OutgoingBlocks {
 public:
  using Number = std::uint32_t;
  static constexpr Number kNone = ~Number{0};

  /// Begins a batch: numbers from before mean nothing any more.
  void clear() {
    octets_.clear();
    places_.clear();
  }

  /// kNone: the batch has as much of it as may be kept, and the route is judged again.
  Number add(const bgp::AttributesView& attributes,
             net::Family family,
             const bgp::EncodeOptions& options) {
    if (octets_.size() > kRoom) {
      return kNone;
    }
    const std::size_t begin = octets_.size();
    bgp::encode_attributes(attributes, family, options, octets_);
    places_.push_back({.begin = begin,
                       .size = octets_.size() - begin,
                       .next_hop = attributes.next_hop,
                       .link_local_next_hop = attributes.link_local_next_hop,
                       .label = attributes.label});
    return static_cast<Number>(places_.size() - 1);
  }

  /// Refers to this object until it changes.
  bgp::AttributeBlock at(Number number) const {
    const Place& place = places_[number];
    return {net::ByteView(octets_).subspan(place.begin, place.size), place.next_hop,
            place.link_local_next_hop, place.label};
  }

  std::size_t memory() const { return net::reserved(octets_) + net::reserved(places_); }

 private:
  static constexpr std::size_t kRoom = std::size_t{1} << 20;

  struct Place {
    std::size_t begin = 0;
    std::size_t size = 0;
    net::IpAddress next_hop;
    std::optional<net::IpAddress> link_local_next_hop;
    std::optional<std::uint32_t> label;
  };

  net::Bytes octets_;
  std::vector<Place> places_;
};

}  // namespace pipit::rib
