package org.jmoe.training;

import java.util.Map;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.RoutingSignals;

/**
 * What one micro-batch did; its arrays end with it.
 *
 * @param nats mean cross-entropy of a token
 * @param penalties each balance loss times its coefficient, by name
 * @param signals what its layers told, by their paths
 * @param recording of bytes sent and tokens dropped
 */
record MicroBatch(
    double nats,
    Map<String, Double> penalties,
    Map<String, RoutingSignals> signals,
    RecordingStore recording) {}
