/** Commands that show what routers do. */
@NullMarked
package org.jmoe.app.cli.analysis;

import org.jspecify.annotations.NullMarked;
