#include "daemon/bridge/kernel_bridge.hpp"

#include <algorithm>

#include "daemon/bridge/kernel_preview.hpp"
#include "net/log.hpp"

namespace pipit::daemon {
namespace {

using net::LogLevel;
using net::LogPart;

/// Routes of the kernel: about a millisecond or two of work.
constexpr std::size_t kRefreshPerSlice = 512;
constexpr std::size_t kLoadedAhead = 32;

}  // namespace

KernelBridge::KernelBridge(net::Loop& loop,
                           std::unique_ptr<kernel::KernelAccess> kernel,
                           rib::Rib& rib)
    : loop_(loop),
      rib_(rib),
      kernel_(std::move(kernel)),
      monitor_(std::make_unique<kernel::Monitor>(
          *kernel_, loop, *this, kernel::MonitorOptions{.tables = {kernel::kMainTable}})),
      igp_(std::make_unique<KernelIgp>(monitor_->routes())),
      import_(std::make_unique<KernelImport>(*monitor_, rib)),
      overrules_(std::make_unique<KernelOverrules>(
          monitor_->routes(), [this](std::uint32_t index) { return interface_name(index); })),
      audit_(std::make_unique<KernelAudit>(*kernel_, [this] { return begin_audit(); })) {
  rib_.next_hops().look_in(igp_.get());
  for (const net::Family family : net::kFamilies) {
    rib_.loc_rib(family).journal().on_change([this] {
      if (export_) {
        loop_.schedule(*export_);
      }
    });
  }
}

KernelBridge::~KernelBridge() {
  loop_.cancel(refresh_);
  rib_.next_hops().look_in(nullptr);
}

void KernelBridge::set_options(const kernel::KernelOptions& options,
                               KernelPolicies policies,
                               std::set<net::Prefix> blackholes) {
  const kernel::KernelOptions before = std::exchange(options_, options);
  const KernelPolicies old = std::exchange(policies_, std::move(policies));
  blackholes_ = std::move(blackholes);
  if (writer_ && (!options_.exports || options_.exports->protocol != ownership_->protocol)) {
    end_writer();  // before the monitor forgets the routes in its tables
  }
  remember_places();
  const auto owned = std::exchange(ownership_, ownership(options_));
  igp_->set_ownership(ownership_);
  overrules_->set_ownership(ownership_);
  monitor_->set_tables(tables());
  if (before.imports != options_.imports || old.imports != policies_.imports ||
      owned != ownership_) {
    import_->set_rules(options_.imports, policies_.imports, ownership_);
    refresh_everything();
  }
  apply_export();
  audit_->set_interval(options_.exports ? options_.exports->audit : std::chrono::seconds(0));
}

std::unique_ptr<rib::LocalPreview> KernelBridge::preview(
    const kernel::KernelOptions& options, std::vector<policy::PolicyRef> imports) const {
  auto owned = ownership(options);
  if (options.imports == options_.imports && imports == policies_.imports && owned == ownership_) {
    return nullptr;
  }
  return std::make_unique<KernelPreview>(*monitor_, rib_, options.imports, std::move(imports),
                                         std::move(owned));
}

std::expected<void, std::string> KernelBridge::start(std::function<void()> on_ready) {
  on_ready_ = std::move(on_ready);
  return monitor_->start();
}

void KernelBridge::replace_stale() {
  if (!std::exchange(replacing_, true)) {
    settle_stale();
  }
}

void KernelBridge::reconcile() {
  reconciled_ = true;
  settle_stale();
}

/// Not before the writer has heard of every best route: what it does not know of would go, only to
/// come back.
void KernelBridge::settle_stale() {
  if (!export_ || (!replacing_ && !reconciled_)) {
    return;
  }
  export_->when_caught_up([this] {
    if (reconciled_) {
      writer_->reconcile();
    } else {
      writer_->replace_stale();
    }
  });
}

void KernelBridge::shut_down() {
  loop_.cancel(refresh_);
  audit_.reset();
  export_.reset();
  if (writer_ && options_.exports && options_.exports->on_exit == kernel::OnExit::Flush) {
    remove_routes();
  }
  if (writer_) {
    TableRecord::Noted noted{.protocol = ownership_->protocol, .places = writer_->used_places()};
    if (!reconciled_ && former_protocol_) {
      noted.former_protocol = former_protocol_;
      noted.places.insert(former_places_.begin(), former_places_.end());
    }
    record_.write(noted);
  }
  writer_.reset();
  import_.reset();
  overrules_.reset();
  rib_.next_hops().look_in(nullptr);
  igp_.reset();
  monitor_.reset();
}

std::vector<std::uint32_t> KernelBridge::tables() const {
  std::set<std::uint32_t> tables{kernel::kMainTable};
  for (const kernel::ImportRule& rule : options_.imports) {
    tables.insert(rule.table);
  }
  if (ownership_) {
    const std::vector<std::uint32_t> ours = ownership_->places.all_tables();
    tables.insert(ours.begin(), ours.end());
  }
  return {tables.begin(), tables.end()};
}

/// What we wrote is neither imported nor do next hops resolve over it.
bool KernelBridge::is_own(const kernel::Route& route) const {
  return ownership_ && ownership_->owns(route.key, route.body.protocol);
}

void KernelBridge::on_link_changed(const kernel::Link* before, const kernel::Link& after) {
  addresses_changed_ = true;
  if (writer_) {
    writer_->retry_now();
  }
  // Import rules go by name. An interface without routes, as one that is just being made, costs no
  // look at all routes.
  if (before != nullptr && before->name != after.name &&
      monitor_->routes().using_interface(after.index) != 0) {
    refresh_everything();
  }
}

void KernelBridge::on_link_removed(const kernel::Link& /*link*/) {
  addresses_changed_ = true;
}

void KernelBridge::on_address_added(const kernel::InterfaceAddress& /*address*/) {
  addresses_changed_ = true;
  if (writer_) {
    writer_->retry_now();
  }
}

void KernelBridge::on_address_removed(const kernel::InterfaceAddress& /*address*/) {
  addresses_changed_ = true;
}

void KernelBridge::on_route_changed(const kernel::Route* before,
                                    const kernel::Route& after,
                                    std::uint32_t origin) {
  if (!is_own(after) || (before != nullptr && !is_own(*before))) {
    changed_.push_back(after.key.prefix);
  }
  overrules_->on_changed(after);
  if (writer_) {
    writer_->on_route_changed(before, after, origin);
  }
}

void KernelBridge::on_route_removed(const kernel::Route& route, std::uint32_t origin) {
  if (!is_own(route)) {
    changed_.push_back(route.key.prefix);
  }
  overrules_->on_removed(route);
  if (writer_) {
    writer_->on_route_removed(route, origin);
  }
}

void KernelBridge::on_overrun() {
  if (writer_) {
    writer_->on_overrun();
  }
}

void KernelBridge::on_caught_up() {
  if (writer_) {
    writer_->on_caught_up();
  }
}

void KernelBridge::on_settled() {
  if (!std::ranges::is_sorted(changed_)) {  // a dump is
    std::ranges::sort(changed_);
  }
  changed_.erase(std::unique(changed_.begin(), changed_.end()), changed_.end());
  bool host_changed = addresses_changed_;
  for (std::size_t i = 0; i < changed_.size(); ++i) {
    if (i % kLoadedAhead == 0) {
      load_ahead(std::span(changed_).subspan(i, std::min(kLoadedAhead, changed_.size() - i)));
    }
    import_->refresh(changed_[i]);
    host_changed = rib_.next_hops().route_changed(changed_[i]) || host_changed;
  }
  changed_.clear();
  overrules_->settle(loop_.now());
  if (std::exchange(addresses_changed_, false)) {
    refresh_addresses();
  }
  if (on_ready_) {
    return;
  }
  rib_.next_hops().settle();
  if (host_changed && host_listener_) {
    host_listener_();
  }
}

void KernelBridge::on_synchronized() {
  if (writer_) {
    writer_->on_synchronized(&monitor_->routes());
    settle_stale();
  }
  if (on_ready_) {
    const auto ready = std::exchange(on_ready_, {});
    refresh_addresses();
    rib_.next_hops().settle();
    ready();
  }
}

void KernelBridge::on_failed(const std::string& reason) {
  last_error_ = reason;
  net::log(LogPart::Kernel, LogLevel::Error, "the kernel's routes can no longer be followed: {}",
           reason);
}

/// Addresses at once, routes in slices; what changes meanwhile is looked at as ever.
void KernelBridge::refresh_everything() {
  refreshed_ = 0;
  refreshed_announced_ = {};
  loop_.schedule(refresh_);
  addresses_changed_ = true;
  on_settled();
}

/// What is kept of a route lies in two tables: of many routes it is loaded together.
void KernelBridge::load_ahead(std::span<const net::Prefix> prefixes) const {
  for (const net::Prefix& prefix : prefixes) {
    import_->prefetch(prefix);
  }
}

bool KernelBridge::refresh_slice() {
  const auto note = [this](const net::Prefix& prefix) { changed_.push_back(prefix); };
  // Then what was announced of routes that are not there any more.
  const bool more =
      monitor_->routes().walk(refreshed_, kRefreshPerSlice, note) ||
      rib_.walk_local(rib::kKernelSource, refreshed_announced_, kRefreshPerSlice, note);
  on_settled();
  return more;
}

void KernelBridge::refresh_addresses() {
  std::vector<net::IpAddress> local;
  for (const kernel::InterfaceAddress& address : monitor_->addresses()) {
    local.push_back(address.address);
  }
  rib_.next_hops().set_local_addresses(std::move(local));
  import_->refresh_connected();
}

std::uint32_t KernelBridge::interface_of(const net::IpAddress& local,
                                         std::uint32_t interface_index) const {
  if (interface_index != 0 || !monitor_) {
    return interface_index;
  }
  for (const kernel::InterfaceAddress& address : monitor_->addresses()) {
    if (address.address == local) {
      return address.interface_index;
    }
  }
  return 0;
}

std::string KernelBridge::interface_name(std::uint32_t index) const {
  if (monitor_) {
    const auto link = monitor_->links().find(index);
    if (link != monitor_->links().end()) {
      return link->second.name;
    }
  }
  return std::to_string(index);
}

std::optional<net::IpAddress> KernelBridge::companion(const net::IpAddress& local,
                                                      std::uint32_t interface_index,
                                                      net::Afi afi) const {
  const std::uint32_t interface = interface_of(local, interface_index);
  if (interface == 0) {
    return std::nullopt;
  }
  for (const kernel::InterfaceAddress& address : monitor_->addresses()) {
    if (address.interface_index == interface && address.address.afi() == afi && address.usable &&
        !address.address.is_link_local() && !address.address.is_loopback()) {
      return address.address;
    }
  }
  return std::nullopt;
}

std::optional<net::IpAddress> KernelBridge::link_local(const net::IpAddress& local,
                                                       std::uint32_t interface_index) const {
  const std::uint32_t interface = interface_of(local, interface_index);
  if (interface == 0) {
    return std::nullopt;
  }
  for (const kernel::InterfaceAddress& address : monitor_->addresses()) {
    if (address.interface_index == interface && address.address.is_v6() &&
        address.address.is_link_local()) {
      return address.address;
    }
  }
  return std::nullopt;
}

}  // namespace pipit::daemon
