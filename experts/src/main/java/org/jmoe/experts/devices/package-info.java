/** Expert parallelism: placement, shards and transport between devices. */
@NullMarked
package org.jmoe.experts.devices;

import org.jspecify.annotations.NullMarked;
