#include "bgp/wire/attributes.hpp"

namespace pipit::bgp {

void PathAttributes::clear() {
  static_cast<AttributeScalars&>(*this) = {};
  for (net::Bytes* octets : {&as_path, &communities, &extended_communities, &large_communities,
                             &cluster_list, &unknown}) {
    octets->clear();
  }
}

void PathAttributes::assign(const AttributesView& view) {
  static_cast<AttributeScalars&>(*this) = view;
  as_path.assign(view.as_path.begin(), view.as_path.end());
  communities.assign(view.communities.begin(), view.communities.end());
  extended_communities.assign(view.extended_communities.begin(), view.extended_communities.end());
  large_communities.assign(view.large_communities.begin(), view.large_communities.end());
  cluster_list.assign(view.cluster_list.begin(), view.cluster_list.end());
  unknown.assign(view.unknown.begin(), view.unknown.end());
}

AttributesView PathAttributes::view() const {
  AttributesView view;
  static_cast<AttributeScalars&>(view) = *this;
  view.as_path = as_path;
  view.communities = communities;
  view.extended_communities = extended_communities;
  view.large_communities = large_communities;
  view.cluster_list = cluster_list;
  view.unknown = unknown;
  return view;
}

}  // namespace pipit::bgp
