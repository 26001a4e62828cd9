// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/conformance/scripted_port.hpp"
#include "tests/plugin/loader_fixture.hpp"
#include "tests/support/scripted_handler.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace baton::test {

/// The test's side of one scripted handler in a plugin file.
class ScriptPort final : public scripted::Port {
 public:
  ScriptPort(HandlerScript& script, std::string id, Services& services)
      : script_(script), is_alive_(script.is_alive), id_(std::move(id)), services_(services) {}

  void note(std::string_view what) override {
    if (*is_alive_) {
      script_.trace.push_back(id_ + " " + std::string(what));
    }
  }

  void run() override { script_.on_run(services_); }

  void on_terminate() override {
    if (*is_alive_ && script_.on_terminate) {
      script_.on_terminate();
    }
  }

  [[nodiscard]] bool create_fails() const override { return script_.create_fails; }

  [[nodiscard]] bool create_throws() const override { return script_.create_throws; }

  [[nodiscard]] bool save_throws() const override { return script_.save_throws; }

  [[nodiscard]] bool terminate_throws() const override { return *is_alive_ && script_.terminate_throws; }

  [[nodiscard]] std::string swap_to() const override { return script_.swap_to; }

  [[nodiscard]] std::string swap_argument() const override { return script_.swap_argument; }

 private:
  HandlerScript& script_;
  const std::shared_ptr<bool> is_alive_;
  const std::string id_;
  Services& services_;
};

/// Makes the handlers of a script out of a plugin file: what is `type` and who its siblings are, the script
/// says; all else is the loader's.
class LoadedScriptFactory final : public HandlerFactory {
 public:
  LoadedScriptFactory(Loader& loader, HandlerScript& script)
      : script_(script), type_{script.type, script.version, script.state_writes, script.state_reads} {
    auto made = loader.catalog.handler_factory_from_file(
        PLUGIN_scripted_plugin, script.state_writes == 0 ? "StatelessHandler" : "ScriptedHandler");
    REQUIRE(made);
    from_file_ = std::move(*made);
  }

  [[nodiscard]] const TypeInfo& type() const override { return type_; }

  Result<std::unique_ptr<Handler>> create(const InstanceInit& init, Services& services) const override {
    InstanceInit with_port = init;
    scripted::Port* const port = new ScriptPort(script_, init.id, services);  // the handler's from here on
    Option option;
    option.name = "port";
    option.type = OptionType::text;
    option.text = std::to_string(reinterpret_cast<std::uintptr_t>(port));
    with_port.options.push_back(std::move(option));
    return from_file_->create(with_port, services);
  }

  [[nodiscard]] Result<std::shared_ptr<const HandlerFactory>> sibling(std::string_view other) const override {
    const auto place = script_.siblings.find(std::string(other));
    if (place == script_.siblings.end()) {
      return fail(Errc::plugin_not_found, "no such sibling");
    }
    return place->second->factory();
  }

 private:
  HandlerScript& script_;
  const TypeInfo type_;
  std::shared_ptr<const HandlerFactory> from_file_;
};

}  // namespace baton::test
