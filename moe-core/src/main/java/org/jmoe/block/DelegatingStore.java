package org.jmoe.block;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterServer;
import ai.djl.training.ParameterStore;

/** A parameter store that passes every call to another one. */
public abstract class DelegatingStore extends ParameterStore {
  private final ParameterStore delegate;

  /** Creates a store over another one. */
  protected DelegatingStore(ParameterStore delegate) {
    super(delegate.getManager(), false);
    this.delegate = delegate;
  }

  /** Returns the other store. */
  protected final ParameterStore delegate() {
    return delegate;
  }

  @Override
  public void setParameterServer(ParameterServer server, Device[] devices) {
    delegate.setParameterServer(server, devices);
  }

  @Override
  public void updateAllParameters() {
    delegate.updateAllParameters();
  }

  @Override
  public NDArray getValue(Parameter parameter, Device device, boolean training) {
    return delegate.getValue(parameter, device, training);
  }

  @Override
  public NDManager getManager() {
    return delegate.getManager();
  }

  @Override
  public void sync() {
    delegate.sync();
  }
}
