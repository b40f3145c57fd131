#include "daemon/show/rejection.hpp"

namespace pipit::daemon {

rib::Rib::Traced trace_import(rib::Rib& rib,
                              const KernelBridge& kernel,
                              const rib::PathView& path,
                              rib::Trace& trace) {
  const policy::SourceKind kind = rib.sources()[path.source].kind;
  if (kind == policy::SourceKind::Bgp) {
    return rib.trace_import(path.source, path.received, path.key, trace);
  }
  if (kind == policy::SourceKind::Originate) {
    return rib.trace_local({.prefix = path.key.prefix, .source = kind}, path.received, nullptr,
                           trace);
  }
  return kernel.parts().import->trace(path.source, path.key.prefix, path.received, trace);
}

std::optional<control::RejectionModel> rejection_of(rib::Rib& rib,
                                                    const KernelBridge& kernel,
                                                    const rib::PathView& path) {
  rib::Trace trace;
  trace_import(rib, kernel, path, trace);
  if (trace.steps.empty() || trace.steps.back().result != policy::Step::Result::Stopped) {
    return std::nullopt;
  }
  const policy::Step& step = trace.steps.back();
  control::RejectionModel model{.stage = step.stage,
                                .text = step.text,
                                .section = step.rule,
                                .policy = {},
                                .number = 0,
                                .place = {}};
  if (!step.rules.empty()) {
    const policy::RuleRecord& last = step.rules.back();
    model.policy = last.policy;
    if (last.matched && last.then == "reject") {
      model.number = static_cast<std::uint32_t>(last.number);
      model.place = last.place;
    }
  }
  return model;
}

}  // namespace pipit::daemon
