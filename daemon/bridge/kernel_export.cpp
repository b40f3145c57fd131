#include "daemon/bridge/kernel_export.hpp"

#include <algorithm>
#include <utility>

#include "bgp/wire/family_table.hpp"

namespace pipit::daemon {
namespace {

constexpr std::chrono::milliseconds kExportSlice{2};
constexpr std::uint32_t kDestinationsPerLook = 64;  // at the clock

/// The families that the kernel's tables can take.
std::vector<net::Family> kernel_families() {
  std::vector<net::Family> families;
  for (const net::Family family : net::kFamilies) {
    if (bgp::family_row(family).kernel) {
      families.push_back(family);
    }
  }
  return families;
}

}  // namespace

KernelExport::KernelExport(net::Loop& loop, rib::Rib& rib, kernel::FibSink& sink)
    : loop_(loop), rib_(rib), sink_(sink), choice_(rib, rib.sources()) {
  for (const net::Family family : kernel_families()) {
    rib::Journal& journal = rib_.loc_rib(family).journal();
    tables_.push_back({.family = family, .cursor = journal.add_cursor(journal.end())});
  }
  start_walk();
}

KernelExport::~KernelExport() {
  loop_.cancel(*this);
  for (const Table& table : tables_) {
    rib_.loc_rib(table.family).journal().remove_cursor(table.cursor);
  }
}

void KernelExport::set_terms(KernelTerms terms) {
  if (terms != choice_.terms()) {
    choice_.set_terms(std::move(terms));
    start_walk();
  }
}

bool KernelExport::caught_up() const {
  return std::ranges::all_of(tables_, [this](const Table& table) {
    rib::Journal& journal = rib_.loc_rib(table.family).journal();
    return !table.walking && journal.position(table.cursor) == journal.end();
  });
}

void KernelExport::when_caught_up(std::function<void()> action) {
  if (caught_up()) {
    action();
  } else {
    when_caught_up_ = std::move(action);
    loop_.schedule(*this);
  }
}

void KernelExport::start_walk() {
  for (Table& table : tables_) {
    table.walking = true;
    table.walked = 0;
  }
  loop_.schedule(*this);
}

bool KernelExport::run() {
  net::SliceBudget budget(loop_, kExportSlice, kDestinationsPerLook);
  bool more = false;
  for (Table& table : tables_) {
    more = advance(table, budget) || more;
  }
  if (!more && when_caught_up_) {
    std::exchange(when_caught_up_, {})();
  }
  return more;
}

bool KernelExport::advance(Table& table, net::SliceBudget& budget) {
  const net::Family family = table.family;
  rib::LocRib& routes = rib_.loc_rib(family);
  while (true) {
    if (const auto id = routes.journal().next(table.cursor)) {
      consider(family, *id);
    } else if (table.walking && table.walked < routes.capacity()) {
      consider(family, rib::DestinationId{table.walked++});
    } else {
      table.walking = false;
      return false;
    }
    if (budget.spent_after_step()) {
      return true;
    }
  }
}

void KernelExport::consider(net::Family family, rib::DestinationId id) {
  const rib::Table& table = rib_.table(family);
  if (!table.destinations().contains(id)) {
    return;
  }
  if (const auto route = wanted(family, id, {.counted = true})) {
    sink_.set(*route);
  } else {
    sink_.remove(table.prefix(id));
  }
}

std::optional<kernel::FibRoute> KernelExport::wanted(net::Family family,
                                                     rib::DestinationId id,
                                                     const ExportWitness& witness) const {
  const rib::LocRib& routes = rib_.table(family);
  const auto best = routes.best(id);
  if (!best || !bgp::family_row(family).kernel) {
    return std::nullopt;
  }
  std::optional<kernel::FibRoute> route = choice_.place(routes.prefix(id), *best, witness);
  if (route && KernelChoice::needs_hops(*route)) {
    paths_.clear();
    routes.multipath(id, paths_);
    if (!choice_.add_hops(paths_, *route, witness)) {
      route.reset();
    }
  }
  return route;
}

}  // namespace pipit::daemon
