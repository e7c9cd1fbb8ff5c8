#pragma once

#include <map>
#include <memory>
#include <plait/core/bytes.hpp>
#include <plait/core/unique_function.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace plait {

/// A conversation in states, over any receiver with a `stringReceived`: each state has a handler,
/// which is given a string and returns the name of the next state. It starts in "init"; "done"
/// closes the connection. A state without handler is std::logic_error (and so ends the connection).
/// Twisted: `StatefulStringProtocol`, whose `proto_NAME` methods are the handlers here.
///
///     struct Login : plait::StatefulStringProtocol<plait::Int16StringReceiver> {
///       Login() {
///         onState("init", [this](plait::BytesView user) { user_ = user; return "password"; });
///         onState("password", [this](plait::BytesView word) { check(word); return "done"; });
///       }
///     };
template <class Receiver>
class StatefulStringProtocol : public Receiver {
 public:
  using Receiver::Receiver;

  void stringReceived(BytesView string) final {
    auto handler = handlers_.find(state_);
    if (handler == handlers_.end()) throw std::logic_error("no handler for state " + state_);
    const auto keep = handler->second;  // it may replace itself
    state_ = (*keep)(string);
    if (state_ == "done") this->transport().loseConnection();
  }

  const std::string& state() const { return state_; }

 protected:
  using Handler = UniqueFunction<std::string(BytesView)>;

  void onState(std::string state, Handler handler) {
    handlers_.insert_or_assign(std::move(state), std::make_shared<Handler>(std::move(handler)));
  }

 private:
  std::string state_ = "init";
  std::map<std::string, std::shared_ptr<Handler>, std::less<>> handlers_;
};

}  // namespace plait
