/** Commands that train, evaluate and compare runs. */
@NullMarked
package org.jmoe.app.cli.train;

import org.jspecify.annotations.NullMarked;
