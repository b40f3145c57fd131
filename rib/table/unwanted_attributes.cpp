#include "rib/table/unwanted_attributes.hpp"

#include <array>

#include "bgp/wire/unknown_attributes.hpp"

namespace pipit::rib {
namespace {

using bgp::AttributeCode;
using bgp::AttributesView;
using bgp::PathAttributes;

/// An attribute with a place of its own; the others stand in `unknown`.
struct Removable {
  AttributeCode code;
  bool (*present)(const AttributesView&);
  void (*remove)(PathAttributes&);
};

constexpr std::array kRemovable{
    Removable{AttributeCode::MultiExitDisc,
              [](const AttributesView& a) { return a.med.has_value(); },
              [](PathAttributes& a) { a.med.reset(); }},
    Removable{AttributeCode::LocalPref,
              [](const AttributesView& a) { return a.local_preference.has_value(); },
              [](PathAttributes& a) { a.local_preference.reset(); }},
    Removable{AttributeCode::AtomicAggregate,
              [](const AttributesView& a) { return a.atomic_aggregate; },
              [](PathAttributes& a) { a.atomic_aggregate = false; }},
    Removable{AttributeCode::Aggregator,
              [](const AttributesView& a) { return a.aggregator.has_value(); },
              [](PathAttributes& a) { a.aggregator.reset(); }},
    Removable{AttributeCode::Communities,
              [](const AttributesView& a) { return !a.communities.empty(); },
              [](PathAttributes& a) { a.communities.clear(); }},
    Removable{AttributeCode::ExtendedCommunities,
              [](const AttributesView& a) { return !a.extended_communities.empty(); },
              [](PathAttributes& a) { a.extended_communities.clear(); }},
    Removable{AttributeCode::LargeCommunities,
              [](const AttributesView& a) { return !a.large_communities.empty(); },
              [](PathAttributes& a) { a.large_communities.clear(); }},
};

}  // namespace

bgp::AttributeCodes optional_attributes(const AttributesView& attributes) {
  bgp::AttributeCodes found;
  for (const Removable& row : kRemovable) {
    found.set(static_cast<std::size_t>(row.code), row.present(attributes));
  }
  for (bgp::UnknownAttributes unknown{attributes.unknown}; !unknown.empty(); unknown.take()) {
    found.set(unknown.code());
  }
  return found;
}

void remove_attributes(const bgp::AttributeCodes& codes, PathAttributes& attributes) {
  for (const Removable& row : kRemovable) {
    if (codes.test(static_cast<std::size_t>(row.code))) {
      row.remove(attributes);
    }
  }
  net::Bytes kept;
  for (bgp::UnknownAttributes unknown{attributes.unknown}; !unknown.empty();) {
    const bool wanted = !codes.test(unknown.code());
    const net::ByteView whole = unknown.take();
    if (wanted) {
      kept.insert(kept.end(), whole.begin(), whole.end());
    }
  }
  attributes.unknown = std::move(kept);
}

std::string names_of(const bgp::AttributeCodes& codes) {
  std::string text;
  for (std::size_t code = 0; code < codes.size(); ++code) {
    if (codes.test(code)) {
      text += (text.empty() ? "" : ", ") + bgp::attribute_name(static_cast<std::uint8_t>(code));
    }
  }
  return text;
}

}  // namespace pipit::rib
