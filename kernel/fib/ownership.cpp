#include "kernel/fib/ownership.hpp"

#include <algorithm>
#include <set>

namespace pipit::kernel {
namespace {

bool has_number(const std::vector<std::uint32_t>& numbers, std::uint32_t number) {
  return std::binary_search(numbers.begin(), numbers.end(), number);
}

constexpr std::uint32_t kIpv6DefaultMetric = 1024;  // what the kernel makes of metric 0

bool is_former(const FibPlaces& places, const FibPlace& place) {
  return std::binary_search(places.former.begin(), places.former.end(), place);
}

}  // namespace

bool FibPlaces::has_table(std::uint32_t table) const {
  return has_number(tables, table) ||
         std::any_of(former.begin(), former.end(),
                     [&](const FibPlace& place) { return place.table == table; });
}

bool FibPlaces::has(const FibPlace& place) const {
  return (has_number(metrics, place.metric) && has_number(tables, place.table)) ||
         is_former(*this, place);
}

std::vector<std::uint32_t> FibPlaces::all_tables() const {
  std::set<std::uint32_t> all(tables.begin(), tables.end());
  for (const FibPlace& place : former) {
    all.insert(place.table);
  }
  return {all.begin(), all.end()};
}

bool Ownership::may_write(const RouteKey& key) const {
  if (key.tos != 0 || !families.has(key.prefix.afi())) {
    return false;
  }
  const bool defaulted = key.metric == kIpv6DefaultMetric && key.prefix.address().is_v6();
  return places.has({.table = key.table, .metric = key.metric}) ||
         (defaulted && places.has({.table = key.table, .metric = 0}));
}

bool Ownership::owns(const RouteKey& key, std::uint8_t route_protocol) const {
  if (route_protocol == protocol) {
    return adopt == Adopt::All ? families.has(key.prefix.afi()) && places.has_table(key.table)
                               : may_write(key);
  }
  return route_protocol == former_protocol && key.tos == 0 && families.has(key.prefix.afi()) &&
         is_former(places, {.table = key.table, .metric = key.metric});
}

}  // namespace pipit::kernel
